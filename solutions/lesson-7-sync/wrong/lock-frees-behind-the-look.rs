//! It looks whether somebody waits, and then frees.
//!
//! Rejected by: `of_three_threads_nobody_sleeps_for_ever` (panicked), `two_threads_take_turns` (panicked),
//! `who_only_tries_sees_what_was_done` (panicked)
//!
//! Between the two somebody comes, swaps `AWAITED` in, and goes to sleep; then the store makes it `FREE`, and nobody
//! wakes it. Free and look in one step: `swap` says what was there. (If you free with a plain `store` and ask for a wake-up in
//! any case, your lock may be right; the model checker does not see why. The chapter about testing does.)
// ANCHOR: unlock
let awaited = self.lock.state.word().load(Relaxed) == AWAITED;
self.lock.state.word().store(FREE, Release);
if awaited {
    self.lock.state.wake_one();
}
// ANCHOR_END: unlock
