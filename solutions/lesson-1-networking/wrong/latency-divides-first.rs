//! The percentage is divided by 100 first.
//!
//! Rejected by: `every_percentile_of_small_sets_is_exact`,
//! `a_slow_one_in_a_thousand_is_seen`
//!
//! 0.07 is no binary fraction: 7.0 / 100.0 * 100.0 is 7.000000000000001, and rounded up that is 8. Multiply
//! first, then divide: 7.0 * 100.0 / 100.0 is exactly 7.
// ANCHOR: percentile
let rank = (percent / 100.0 * self.ascending.len() as f64).ceil() as usize;
self.ascending.get(rank.saturating_sub(1)).copied()
// ANCHOR_END: percentile
