//! Whoever waits looks again and again.
//!
//! Rejected by: `who_waits_sleeps`
//!
//! If the one who has the lock is not running, and with more threads than processors it often is not, looking is all
//! that this processor does, and the one who could free the lock waits for it. Look for a while, then sleep.
// ANCHOR: wait
loop {
    if self.state.word().load(Relaxed) == FREE
        && let Some(guard) = self.try_lock()
    {
        return guard;
    }
    hint::spin_loop();
    std::thread::yield_now();
}
// ANCHOR_END: wait
