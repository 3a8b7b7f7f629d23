//! A wake puts the task into the queue, and nobody ends the sleep.
//!
//! Rejected by: `another_thread_ends_the_sleep` (hung), `no_wake_of_a_busy_thread_is_lost` (hung),
//! `who_is_unparked_can_take_the_queue_at_once`
//!
//! As long as all wakes come from the executor's own thread nobody notices: it looks at the queue before it sleeps. But a
//! thread of a pool that has finished a computation wakes while the executor sleeps in the kernel. Whoever pushes from another
//! thread calls `unpark` behind the push, so that what ends the sleep finds something.
// ANCHOR: wake
impl Queue {
    #[inline]
    fn push(&self, key: Key) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).push(key);
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
