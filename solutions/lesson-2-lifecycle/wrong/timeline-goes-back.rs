//! The mark is moved back with a clock that goes back.
//!
//! Rejected by: `time_that_runs_backwards_is_no_time`
//!
//! Readings may arrive out of order, for example when one was taken for a time-out a moment before. Moved back, the mark gives
//! the same time away twice.
// ANCHOR: finish
let passed = now.saturating_duration_since(self.mark);
self.spent[stage as usize] += passed.as_nanos() as u64;
self.mark = now;
// ANCHOR_END: finish
