fn main() {
    let body = "Grüße";
    println!("content-length: {}", body.chars().count());
    println!("sent: {}", body.as_bytes().len());
}
