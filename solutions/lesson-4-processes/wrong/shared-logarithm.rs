//! The bucket is a logarithm of the value.
//!
//! Rejected by: `a_quantile_is_never_too_small_and_at_most_a_32nd_too_large` (panicked), `small_values_are_exact`,
//! `what_is_too_long_counts_as_the_longest` (panicked), `what_was_counted_before_can_be_taken_away`
//!
//! Equal steps of the logarithm are a good idea, and other buckets than those that `largest` describes: the two must be each
//! other's inverse. And a logarithm takes longer than all the rest of `record`.
// ANCHOR: bucket
((value as f64 + 1.0).log2() * FINE as f64) as usize
// ANCHOR_END: bucket
