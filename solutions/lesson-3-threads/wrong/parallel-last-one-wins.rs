//! Where both pieces know a station, the second one's summary is taken.
//!
//! Rejected by: `however_it_is_cut_the_result_is_the_same`, `pieces_are_summed_up_at_the_same_time`
//!
//! `insert` replaces what was there. Everything that the pieces before knew of that station is lost. The result is the same
//! each time, and looks right wherever a station stands in one piece only.
// ANCHOR: merge
let mut both = one;
for (name, summary) in other {
    both.insert(name, summary);
}
both
// ANCHOR_END: merge
