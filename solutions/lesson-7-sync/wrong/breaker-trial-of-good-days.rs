//! The trial lets a probe succeed.
//!
//! Rejected by: `your_trial::your_trial_rejects_who_believes_late_failures`,
//! `your_trial::your_trial_rejects_who_believes_late_successes`,
//! `your_trial::your_trial_rejects_who_believes_late_successes_beside_a_probe`,
//! `your_trial::your_trial_rejects_who_counts_all_failures`, `your_trial::your_trial_rejects_who_counts_who_gave_up`,
//! `your_trial::your_trial_rejects_who_forgets_the_time_when_a_probe_fails`,
//! `your_trial::your_trial_rejects_who_gives_back_for_others`,
//! `your_trial::your_trial_rejects_who_lets_all_in_beside_the_second_probe`,
//! `your_trial::your_trial_rejects_who_waits_for_a_probe_that_was_given_up`
//!
//! In your histories the probe comes back, and comes back well; nobody gives up, and no verdict is late. Those are what
//! breakers get wrong: take the arrows of the picture one by one.
// ANCHOR: trial
let mut circuit = make();
told(&mut circuit, THREE_FAILURES);
assert_eq!(told(&mut circuit, "59 d asks"), "wait 1");
assert_eq!(told(&mut circuit, "60 d asks"), "in");
assert_eq!(told(&mut circuit, "60 e asks"), "wait 1");
assert_eq!(told(&mut circuit, "61 d succeeded"), "closed");
assert_eq!(told(&mut circuit, "61 a asks, 61 a failed, 61 b asks, 61 b failed"), "");
// ANCHOR_END: trial
