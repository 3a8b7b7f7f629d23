//! Everything is Relaxed.
//!
//! Rejected by: `x`
//!
//! The word itself is right, and what it guards is not: the next one may not see what the last one has written. Taking
//! the lock is an Acquire, freeing it a Release.
// ANCHOR: try_lock
self.state.word().compare_exchange(FREE, HELD, Relaxed, Relaxed).ok()?;
Some(Guard { lock: self })
// ANCHOR_END: try_lock
// ANCHOR: unlock
if self.lock.state.word().swap(FREE, Relaxed) == AWAITED {
    self.lock.state.wake_one();
}
// ANCHOR_END: unlock
