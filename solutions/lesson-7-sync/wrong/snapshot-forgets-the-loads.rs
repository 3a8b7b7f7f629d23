//! The retired slot is settled without its loads.
//!
//! Rejected by: `x`
//!
//! Its balance then counts only guards that go: it is zero when none has gone yet, and the value would be dropped under
//! those who read it. Add the loads that the exchange has returned.
// ANCHOR: replace
let retired = self.current.0.swap(index as u64, Release);
self.settle(slot(retired), 0);
// ANCHOR_END: replace
