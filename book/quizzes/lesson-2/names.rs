fn main() {
    for name in ["Ada", "Άδα", "Ae\u{301}d"] {
        println!("{} {}", name.len(), name.chars().count());
    }
}
