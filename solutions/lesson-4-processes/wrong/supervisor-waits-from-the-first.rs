//! The first failure waits already.
//!
//! Rejected by: `a_worker_that_dies_is_started_again_at_once`
//!
//! One crash is chance, and while nobody is there, its clients wait. Only the second one in a row says that something is
//! wrong: no wait for one failure, `back_off_min` for two.
// ANCHOR: back_off
let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
self.back_off_min.saturating_mul(factor).min(self.back_off_max)
// ANCHOR_END: back_off
