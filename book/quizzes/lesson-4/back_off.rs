fn back_off(failures: u32) -> u64 {
    match failures.checked_sub(2) {
        None => 0,
        Some(doublings) => (100 << doublings).min(5000),
    }
}

fn main() {
    for failures in 1..=8 {
        print!("{} ", back_off(failures));
    }
}
