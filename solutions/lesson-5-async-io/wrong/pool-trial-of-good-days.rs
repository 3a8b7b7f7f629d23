//! The trial lends, takes back, and lends again.
//!
//! Rejected by: `your_trial::your_trial_rejects_who_builds_too_many`,
//! `your_trial::your_trial_rejects_who_forgets_who_waits`, `your_trial::your_trial_rejects_who_keeps_quiet_about_failures`,
//! `your_trial::your_trial_rejects_who_keeps_what_comes_back_late`,
//! `your_trial::your_trial_rejects_who_lends_to_who_has_left`, `your_trial::your_trial_rejects_who_lends_what_is_broken`,
//! `your_trial::your_trial_rejects_who_loses_the_place_of_a_failure`,
//! `your_trial::your_trial_rejects_who_scraps_what_nobody_waits_for`
//!
//! Nobody breaks anything, nobody leaves, and nothing fails in your histories; these are what pools get wrong. Take the
//! rules of the chapter one by one, and ask of each: what would I see if it were missing?
// ANCHOR: trial
let mut lender = make();
assert_eq!(told(&mut lender, "ask a, ask b"), ["build"]);
assert_eq!(told(&mut lender, "built"), ["lend 0 to a"]);
assert_eq!(told(&mut lender, "built"), ["lend 1 to b"]);
told(&mut lender, "ask c, ask d");
assert_eq!(told(&mut lender, "return b"), ["lend 1 to c"]);
let mut lender = make();
told(&mut lender, "ask a, built, return a, ask b, return b, ask c");
assert_eq!(told(&mut lender, "return c"), ["scrap 0"]);
// ANCHOR_END: trial
