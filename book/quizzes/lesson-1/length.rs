fn main() {
    let header = 258_u32.to_be_bytes();
    println!("{header:?}");
    println!("{}", u32::from_le_bytes(header));
}
