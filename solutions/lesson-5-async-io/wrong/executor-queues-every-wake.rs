//! Each wake puts the task into the queue, whether it is there or not.
//!
//! Rejected by: `many_wakes_before_a_poll_are_one`
//!
//! A socket, a timer and a channel may all wake the same task before it is polled once; it is then polled three times, and
//! twice for nothing. And the queue has no bound any more: a thread that wakes faster than you poll fills the memory. A flag in
//! the waker says that the task is queued already: only who changes it from `false` to `true` pushes.
// ANCHOR: wake
impl Queue {
    #[inline]
    fn push(&self, key: Key) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        if thread::current().id() != self.owner {
            (self.unpark)();
        }
    }

    #[inline]
    fn swap(&self, empty: &mut Vec<Key>) {
        std::mem::swap(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner), empty);
    }
}

impl Wake for Summons {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.woken.swap(true, Release);
        self.queue.push(self.key);
    }
}
// ANCHOR_END: wake
