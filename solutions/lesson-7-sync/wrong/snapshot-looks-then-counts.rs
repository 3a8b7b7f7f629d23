//! It looks which slot is current, and then counts.
//!
//! Rejected by: `x`
//!
//! Between the two a writer may retire that slot, find no loads on it, and let the value go. The number and the count
//! are one word so that one addition does both.
// ANCHOR: load
let before = self.current.0.load(Acquire);
self.current.0.fetch_add(LOAD, Acquire);
Guard { snapshot: self, index: slot(before) }
// ANCHOR_END: load
