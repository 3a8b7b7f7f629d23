fn width(value: u64) -> u64 {
    let octave = (u64::BITS - (value >> 5).leading_zeros()).saturating_sub(1);
    1 << octave
}

fn main() {
    let widths: Vec<String> = [7, 33, 100, 1024].map(|value| width(value).to_string()).into();
    println!("{}", widths.join(" "));
}
