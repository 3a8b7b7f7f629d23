//! Whoever is refused is told when the bucket is full again.
//!
//! Rejected by: `x`
//!
//! That is the time of the whole burst. One request is admitted sooner, by the tolerance: tell it exactly, or clients
//! wait longer than they must.
// ANCHOR: refused
let reset = arrival - now;
Verdict::Refused { retry_after: duration(reset), reset: duration(reset) }
// ANCHOR_END: refused
