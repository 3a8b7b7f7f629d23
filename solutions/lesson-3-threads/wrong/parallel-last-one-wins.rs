//! Where both pieces know a station, the second one's summary is taken.
//!
//! Rejected by: `however_it_is_cut_the_result_is_the_same`, `pieces_are_summed_up_at_the_same_time`
//!
//! `insert` replaces what was there. Everything that the other piece knew of that station is lost, and which piece is "the
//! other" differs from run to run.
// ANCHOR: merge
let mut both = one;
for (name, summary) in other {
    both.insert(name, summary);
}
both
// ANCHOR_END: merge
