//! Whoever was woken takes the lock as `HELD`.
//!
//! Rejected by: `of_many_who_sleep_each_has_its_turn`
//!
//! Others may still sleep. If the word says `HELD` when this one unlocks, it wakes nobody, and they sleep for ever.
//! Take it as `AWAITED`: that may cost one needless call, and never a thread.
// ANCHOR: wait
for _ in 0..SPINS {
    if self.state.word().load(Relaxed) == FREE
        && let Some(guard) = self.try_lock()
    {
        return guard;
    }
    hint::spin_loop();
}
loop {
    if let Some(guard) = self.try_lock() {
        return guard;
    }
    let left = self.state.word().compare_exchange(HELD, AWAITED, Relaxed, Relaxed);
    if left != Err(FREE) {
        self.state.wait_while(AWAITED);
    }
}
// ANCHOR_END: wait
