//! The trial compares what the machine says word by word, in its order.
//!
//! Rejected by: `your_trial::your_trial_lets_right_supervisors_pass` (panicked)
//!
//! Who is told first to go does not matter, and a supervisor that begins with the last worker is as good. `told` puts what a
//! machine says into the order of the alphabet, so that you compare what was decided, and nothing else.
// ANCHOR: trial
let ready = |workers: usize| {
    let mut machine = make(workers);
    machine(0, "tick");
    (0..workers).for_each(|life| assert!(machine(10, &format!("ready {life}")).is_empty()));
    machine
};
let nothing: [&str; 0] = [];
let mut machine = ready(2);
assert_eq!(machine(100, "failed 0"), ["start 2 of 0"]);
assert_eq!(machine(110, "failed 0"), nothing);
machine(120, "ready 2");
assert_eq!(machine(200, "failed 2"), nothing);
assert_eq!(machine(300, "tick"), ["start 3 of 0"]);
let mut machine = ready(1);
for crash in 0..9 {
    machine((crash + 1) * 10_000, &format!("failed {crash}"));
    pass(&mut machine, (crash + 1) * 10_000..(crash + 1) * 10_000 + 6000);
}
assert_eq!(machine(100_000, "failed 9"), ["end", "finish CrashLoop"]);
let mut machine = ready(2);
assert_eq!(machine(1000, "stop"), ["end", "terminate 0", "terminate 1"]);
assert_eq!(machine(1500, "ended 0"), nothing);
assert_eq!(pass(&mut machine, 2000..36_000), nothing);
assert_eq!(machine(36_000, "tick"), ["kill 1"]);
let mut machine = ready(2);
(1..=5).for_each(|second| drop(machine(second * 1000, "beat 0")));
assert_eq!(machine(5010, "tick"), ["kill 1"]);
let mut machine = ready(2);
assert_eq!(machine(100, "reload"), ["start 2 of 0"]);
assert_eq!(machine(200, "failed 2"), ["abandoned"]);
// ANCHOR_END: trial
