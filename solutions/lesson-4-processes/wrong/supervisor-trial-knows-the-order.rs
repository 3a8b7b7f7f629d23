//! The trial demands what no rule says: the order in which workers are told to go, perhaps.
//!
//! Rejected by: `your_trial::your_trial_lets_right_supervisors_pass`
//!
//! It panics for a supervisor that is right. On the left of what it says stands what that one wants done. Where that is the
//! same in another order, `told` puts both into the order of the alphabet; where it is something else, look into the chapter
//! again: the machine may know better.
// ANCHOR: trial
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
