/// Each pair: the lock that a thread takes first, and then.
fn is_safe(threads: &[(usize, usize)]) -> bool {
    // There is an order of three locks that all of them keep.
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    orders.iter().any(|place| {
        threads
            .iter()
            .all(|&(first, then)| place[first] < place[then])
    })
}

fn main() {
    let two = is_safe(&[(0, 1), (0, 1)]);
    let three = is_safe(&[(0, 1), (1, 2), (2, 0)]);
    let other_three = is_safe(&[(0, 1), (1, 2), (0, 2)]);
    println!("{two} {three} {other_three}");
}
