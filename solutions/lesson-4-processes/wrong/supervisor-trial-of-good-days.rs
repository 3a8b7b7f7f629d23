//! The trial starts workers, replaces them, and stops them, and nothing goes wrong.
//!
//! Rejected by: `your_trial::your_trial_rejects_who_adopts_what_failed`, `your_trial::your_trial_rejects_who_never_gives_up`,
//! `your_trial::your_trial_rejects_who_never_kills`, `your_trial::your_trial_rejects_who_never_sees_who_hangs`
//!
//! A supervisor is there for the other days. Each line of the table in the chapter is a history: tell the machine of it, and of
//! the moment just before it should do something, and the moment at which it should.
// ANCHOR: trial
let mut machine = ready(2);
assert_eq!(told(&mut machine, 100, "reload"), ["start 2 of 0"]);
assert_eq!(told(&mut machine, 200, "ready 2"), ["adopted", "start 3 of 1", "terminate 0"]);
assert_eq!(told(&mut machine, 300, "ready 3"), ["terminate 1"]);
assert!(told(&mut machine, 400, "ended 0").is_empty());
assert!(told(&mut machine, 400, "ended 1").is_empty());
assert_eq!(told(&mut machine, 1000, "stop"), ["end", "terminate 2", "terminate 3"]);
assert!(told(&mut machine, 1100, "ended 2").is_empty());
assert_eq!(told(&mut machine, 1200, "ended 3"), ["finish Stopped"]);
// ANCHOR_END: trial
