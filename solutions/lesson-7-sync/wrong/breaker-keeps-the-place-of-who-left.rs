//! A probe that is dropped keeps its place.
//!
//! Rejected by: `x`
//!
//! Its client has left, or its time was over, and it will never give a verdict. Then nobody is let in any more, for
//! ever. Give the place back: the next caller may try at once.
// ANCHOR: give_back
None
// ANCHOR_END: give_back
