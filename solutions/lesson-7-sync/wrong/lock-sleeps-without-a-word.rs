//! Whoever sleeps leaves no word.
//!
//! Rejected by: `of_many_who_sleep_each_has_its_turn`, `who_sleeps_is_woken`
//!
//! The one who unlocks sees `HELD`, asks nobody to be woken, and this thread sleeps on. Swap `AWAITED` in before you
//! sleep.
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
    self.state.wait_while(HELD);
}
// ANCHOR_END: wait
