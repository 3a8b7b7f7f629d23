//! Subtracts.
//!
//! Rejected by: `two_numbers_are_added`, `many_numbers_are_added`
//!
//! Look at the sign: the second number is taken away.
// ANCHOR: add
left - right
// ANCHOR_END: add
