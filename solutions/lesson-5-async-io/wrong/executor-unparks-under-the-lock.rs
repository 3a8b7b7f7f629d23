//! The sleep is ended while the queue is still locked.
//!
//! Rejected by: `who_is_unparked_can_take_the_queue_at_once`
//!
//! The test looks whether the executor can have a turn, and finds the task in its queue, while `unpark` has not returned yet.
//! The first thing that a thread does which you wake is to take the queue. If you still hold its lock, it sleeps again at once,
//! and is woken a second time. Push in one statement, so that the guard is dropped at its end; only then call `unpark`, and
//! never before the push: then the queue is empty for whoever wakes up.
// ANCHOR: wake
impl Queue {
    #[inline]
    fn push(&self, key: Key) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        woken.push(key);
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
