//! Where both pieces know a station, the second one's summary is taken.
//!
//! Rejected by: PENDING
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
