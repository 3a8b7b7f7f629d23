//! The share of no time is computed like any other.
//!
//! Rejected by: `no_time_has_no_shares`
//!
//! 0 / 0 is not a number, and compares with nothing: a chart of it is empty, an alarm on it never rings.
// ANCHOR: share
let whole: u64 = self.spent.iter().sum();
self.spent[stage as usize] as f64 / whole as f64
// ANCHOR_END: share
