//! The exchange is Relaxed.
//!
//! Rejected by: `x`
//!
//! A reader may see that a slot is current before it sees what was written into it. The exchange is a Release, the load
//! an Acquire.
// ANCHOR: load
let before = self.current.0.fetch_add(LOAD, Relaxed);
Guard { snapshot: self, index: slot(before) }
// ANCHOR_END: load
// ANCHOR: replace
let retired = self.current.0.swap(index as u64, Relaxed);
self.settle(slot(retired), loads(retired));
// ANCHOR_END: replace
