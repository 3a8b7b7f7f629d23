fn sum(bytes: &[u8], word: fn([u8; 2]) -> u16) -> u32 {
    let mut sum = 0;
    for pair in bytes.chunks(2) {
        sum += u32::from(word([pair[0], pair[1]]));
        if sum > 0xffff {
            sum -= 0xffff;
        }
    }
    sum
}

fn main() {
    let bytes = [0x12, 0x34, 0xf0, 0x01];
    println!("{:#06x}", sum(&bytes, u16::from_be_bytes));
    println!("{:#06x}", sum(&bytes, u16::from_le_bytes));
}
