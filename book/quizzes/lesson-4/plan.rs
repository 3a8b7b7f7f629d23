fn main() {
    let allowed = [2, 3, 6, 7];
    let plan: Vec<usize> = (0..allowed.len()).collect();
    let bound = plan
        .iter()
        .filter(|processor| allowed.contains(processor))
        .count();
    let all = plan.len();
    println!("{bound} of {all} workers can be bound");
}
