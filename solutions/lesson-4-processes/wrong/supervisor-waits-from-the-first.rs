//! The first failure waits already.
//!
//! Rejected by: `a_reload_replaces_one_worker_after_the_other_and_never_lacks_one`,
//! `a_reload_whose_first_worker_fails_changes_nothing`, `a_worker_that_dies_is_started_again_at_once`,
//! `a_worker_that_hangs_is_killed_and_replaced`, `a_worker_that_is_ended_before_it_was_ready_had_nothing_to_cut_off`,
//! `a_worker_that_never_gets_ready_is_killed`, `each_failure_in_a_row_waits_longer_than_the_one_before`,
//! `old_failures_are_forgotten`
//!
//! One crash is chance, and while nobody is there, its clients wait. Only the second one in a row says that something is
//! wrong: no wait for one failure, `back_off_min` for two.
// ANCHOR: back_off
let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
self.back_off_min.saturating_mul(factor).min(self.back_off_max)
// ANCHOR_END: back_off
