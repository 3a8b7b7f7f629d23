//! Each line is a piece.
//!
//! Rejected by: the benchmark
//!
//! For each line there is a map, and a merge, and something to be handed over. Some dozens of pieces are enough to keep everybody
//! busy; a piece should be worth the trouble.
// ANCHOR: summarize_with
let pieces = cut(text, pieces).into_par_iter().flat_map_iter(|piece| piece.split_inclusive('\n'));
pieces.map(sum_up).reduce(BTreeMap::new, merge)
// ANCHOR_END: summarize_with
