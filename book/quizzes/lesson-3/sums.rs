fn main() {
    let [a, b, c] = [0.1, 0.2, 0.3];
    println!("{} {}", (a + b) + c, a + (b + c));
}
