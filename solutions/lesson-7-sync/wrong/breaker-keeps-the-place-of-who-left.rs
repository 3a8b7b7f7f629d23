//! A probe that is dropped keeps its place.
//!
//! Rejected by: `a_cancelled_future_drops_its_probe`, `a_dropped_probe_leaves_its_place_to_the_next`,
//! `calls_that_come_back_late_change_nothing`, `model::it_does_what_the_model_does`,
//! `times_are_rounded_up_to_milliseconds`
//!
//! Its client has left, or its time was over, and it will never give a verdict. Then nobody is let in any more, for
//! ever. Give the place back: the next caller may try at once.
// ANCHOR: give_back
None
// ANCHOR_END: give_back
