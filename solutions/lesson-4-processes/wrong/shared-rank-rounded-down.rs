//! The rank is rounded down.
//!
//! Rejected by: `a_quantile_is_never_too_small_and_at_most_a_32nd_too_large`, `an_empty_histogram_has_no_quantiles`
//!
//! Of three samples, the median is the second, and 1.5 rounded down is the first. Round up; and a share of 0 is the first, too,
//! if there is one (lesson 1 had the same rule, for sorted samples).
// ANCHOR: quantile
let rank = (quantile * self.count() as f64) as u64;
let mut below = 0;
let reached = self.buckets.iter().position(|bucket| {
    below += bucket.load(Relaxed);
    below >= rank
})?;
Some(Duration::from_nanos(largest(reached)))
// ANCHOR_END: quantile
