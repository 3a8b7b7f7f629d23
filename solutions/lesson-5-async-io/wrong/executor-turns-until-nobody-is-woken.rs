//! A turn goes on until the queue is empty.
//!
//! Rejected by: `a_turn_ends_although_somebody_always_wants_another` (hung)
//!
//! A task that wakes itself is in the queue again before the queue is empty. One such task, and the loop never comes round:
//! nobody looks at the sockets any more. A turn is what was woken *before* it began. Take the queue once, and leave what comes
//! meanwhile for the next turn.
// ANCHOR: turn
/// One turn.
#[inline]
pub fn turn(&self) -> usize {
    let mut polled = 0;
    loop {
        let mut woken = Vec::new();
        self.queue.swap(&mut woken);
        if woken.is_empty() {
            return polled;
        }
        polled += woken.into_iter().filter(|&key| self.poll(key)).count();
    }
}

#[inline]
fn poll(&self, key: Key) -> bool {
    let task = self.tasks.borrow_mut().get_mut(key).and_then(Option::take);
    let Some(mut task) = task else { return false };
    task.summons.woken.swap(false, Acquire);
    let ended = task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
    let mut tasks = self.tasks.borrow_mut();
    if ended {
        tasks.remove(key);
    } else if let Some(place) = tasks.get_mut(key) {
        place.replace(task);
    }
    true
}
// ANCHOR_END: turn
