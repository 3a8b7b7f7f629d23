//! A buffer lends all of its bytes.
//!
//! Rejected by: `x`
//!
//! Behind what is filled lies what the last one to use this memory has left there: another client's bytes. Lend what is
//! filled, and nothing else.
// ANCHOR: deref
&self.bytes
// ANCHOR_END: deref
