//! It looks at the balance after it has changed it.
//!
//! Rejected by: `x`
//!
//! Between the two another one may change it as well, and then both see zero, or neither does. What `fetch_add` returns
//! is the balance before, and nobody else's change is in it.
// ANCHOR: settle
self.slots[index].balance.0.fetch_add(change, Release);
if self.slots[index].balance.0.load(Acquire) == 0 {
    self.let_go(index);
}
// ANCHOR_END: settle
