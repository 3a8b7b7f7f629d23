fn width(value: u64) -> u64 {
    let bits = u64::BITS - (value >> 5).leading_zeros();
    1 << bits.saturating_sub(1)
}

fn main() {
    for value in [7, 33, 100, 1024] {
        print!("{} ", width(value));
    }
}
