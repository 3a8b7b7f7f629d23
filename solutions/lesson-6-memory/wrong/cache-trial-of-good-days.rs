//! The trial puts in and gets out.
//!
//! Rejected by: `your_trial::your_trial_rejects_who_counts_what_is_written_again_twice`,
//! `your_trial::your_trial_rejects_who_forgets_the_bytes_of_what_is_removed`,
//! `your_trial::your_trial_rejects_who_keeps_the_old_value`,
//! `your_trial::your_trial_rejects_who_lives_on_when_asked_for`,
//! `your_trial::your_trial_rejects_who_throws_out_the_living`,
//! `your_trial::your_trial_rejects_who_throws_out_who_came_first`
//!
//! In your histories nothing is ever full, too old, or written twice, and that is what caches get wrong. Take the
//! bounds one by one, and ask of each: what would I see if it were missing?
// ANCHOR: trial
let mut shelf = make();
told(&mut shelf, "0 put a 1, 0 put b 1, 0 put c 1, 0 put d 1");
assert_eq!(told(&mut shelf, "0 count"), "3 items, 3 bytes");
let mut shelf = make();
told(&mut shelf, "0 put a 40, 0 put b 40, 0 put c 20");
assert_eq!(told(&mut shelf, "0 put d 60"), "kept");
assert_eq!(told(&mut shelf, "0 count"), "2 items, 80 bytes");
let mut shelf = make();
told(&mut shelf, "0 put a 10");
assert_eq!(told(&mut shelf, "60 get a"), "miss");
// ANCHOR_END: trial
