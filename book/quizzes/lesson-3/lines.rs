#[repr(align(64))]
struct Counters([u64; 16]);

fn main() {
    let counters = Counters([0; 16]);
    let line = |number: usize| {
        (&raw const counters.0[number]).addr() / 64
    };
    let shared: Vec<usize> = (0..16)
        .filter(|&number| line(number) == line(0))
        .collect();
    println!("{shared:?}");
}
