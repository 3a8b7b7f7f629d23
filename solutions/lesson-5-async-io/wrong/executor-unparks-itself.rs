//! Every wake ends the sleep, also one that comes from the executor's own thread.
//!
//! Rejected by: `who_is_awake_is_not_unparked`
//!
//! A task that wakes itself or its neighbour runs on the executor's own thread. That thread is awake, and looks at the queue
//! before it sleeps, so there is no sleep to end. Nothing goes wrong, but with a reactor's bell each such wake is a system
//! call, and one more wait that ends at once. Compare `thread::current().id()` with the owner's before you call `unpark`.
// ANCHOR: wake
impl Queue {
    #[inline]
    fn push(&self, key: Key) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        (self.unpark)();
    }

    #[inline]
    fn swap(&self, empty: &mut Vec<Key>) {
        std::mem::swap(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner), empty);
    }
}

impl Wake for Summons {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Release) {
            self.queue.push(self.key);
        }
    }
}
// ANCHOR_END: wake
