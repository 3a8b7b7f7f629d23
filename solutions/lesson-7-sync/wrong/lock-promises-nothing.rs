//! A step is Relaxed that must not be.
//!
//! Rejected by: `of_three_threads_nobody_sleeps_for_ever`, `two_threads_take_turns`,
//! `who_only_tries_sees_what_was_done`
//!
//! The word itself is right, and what it guards is not: the next one may not see what the last one has written. Each way to
//! take the lock is an Acquire, in `try_lock` and in `wait`, and freeing it a Release.
// ANCHOR: try_lock
self.state.word().compare_exchange(FREE, HELD, Relaxed, Relaxed).ok()?;
Some(Guard { lock: self })
// ANCHOR_END: try_lock
// ANCHOR: unlock
if self.lock.state.word().swap(FREE, Relaxed) == AWAITED {
    self.lock.state.wake_one();
}
// ANCHOR_END: unlock
