//! It loads, adds one, and exchanges, until nobody comes in between.
//!
//! Rejected by: the benchmark
//!
//! It is right, and each reader that is overtaken begins again: they hold each other up, as with a lock. The processor has
//! an instruction that adds in one step and always succeeds: `fetch_add`.
// ANCHOR: load
let mut before = self.current.0.load(Acquire);
while let Err(now) = self.current.0.compare_exchange(before, before + LOAD, Acquire, Acquire) {
    before = now;
}
Guard { snapshot: self, index: slot(before) }
// ANCHOR_END: load
// ANCHOR: settle
let balance = &self.slots[index].balance.0;
let mut before = balance.load(Acquire);
while let Err(now) = balance.compare_exchange(before, before + change, Release, Acquire) {
    before = now;
}
if before + change == 0 {
    self.let_go(index);
}
// ANCHOR_END: settle
