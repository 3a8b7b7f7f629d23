fn back_off(failures: u32) -> u64 {
    let Some(doublings) = failures.checked_sub(2) else { return 0 };
    (100 << doublings).min(5000)
}

fn main() {
    let waits: Vec<String> = (1..=8).map(|failures| back_off(failures).to_string()).collect();
    println!("{}", waits.join(" "));
}
