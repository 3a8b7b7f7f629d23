//! A quantile is the smallest value of its bucket.
//!
//! Rejected by: `a_quantile_is_never_too_small_and_at_most_a_32nd_too_large`, `what_is_too_long_counts_as_the_longest`
//!
//! A histogram that says 98 ms when it was 100 promises what the server does not hold. Err on the other side: the largest
//! value of the bucket.
// ANCHOR: quantile
let count = self.count();
let rank = ((quantile * count as f64).ceil() as u64).clamp(1, count.max(1));
let mut below = 0;
let reached = self.buckets.iter().position(|bucket| {
    below += bucket.load(Relaxed);
    below >= rank
})?;
let smallest = reached.checked_sub(1).map_or(0, |before| largest(before) + 1);
Some(Duration::from_nanos(smallest))
// ANCHOR_END: quantile
