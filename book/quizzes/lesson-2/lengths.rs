fn main() {
    for value in ["6", "+6", " 6", ""] {
        match value.parse::<u64>() {
            Ok(length) => println!("{length}"),
            Err(_) => println!("no length"),
        }
    }
}
