//! Nothing that is asked for is too old.
//!
//! Rejected by: `x`
//!
//! An entry's time is over whether somebody looks at it or not. `get` must look at the time before it hands anything
//! out, and take out what is too old.
// ANCHOR: get
let Some(&slot) = self.slots.get(key) else {
    self.counts.misses += 1;
    return None;
};
self.counts.hits += 1;
let _ = now;
Some(&self.entries.visit(slot).value)
// ANCHOR_END: get
