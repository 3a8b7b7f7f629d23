//! The rank is rounded down.
//!
//! Rejected by: `a_rank_between_two_is_the_upper_one`, `known_percentiles_are_found`, `order_does_not_matter`,
//! `every_percentile_of_small_sets_is_exact`, `a_slow_one_in_a_thousand_is_seen`
//!
//! Half of five samples is two and a half: two samples are not at least 50 %, three are. Ranks count from 1 and are
//! rounded up; the index into the vector is one less.
// ANCHOR: percentile
let rank = (percent * self.ascending.len() as f64 / 100.0) as usize;
self.ascending.get(rank.saturating_sub(1)).copied()
// ANCHOR_END: percentile
