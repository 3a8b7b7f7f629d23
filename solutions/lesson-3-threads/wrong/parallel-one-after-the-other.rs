//! Pieces are summed up one after the other.
//!
//! Rejected by: `pieces_are_summed_up_at_the_same_time`
//!
//! `into_iter` walks through them on this thread. It is `into_par_iter` that gives them to rayon's.
// ANCHOR: summarize_with
cut(text, pieces).into_iter().map(sum_up).fold(BTreeMap::new(), merge)
// ANCHOR_END: summarize_with
