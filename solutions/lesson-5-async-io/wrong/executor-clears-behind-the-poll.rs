//! A task counts as woken until it has been polled.
//!
//! Rejected by: `a_turn_ends_although_somebody_always_wants_another`, `a_wake_during_the_poll_is_not_lost` (hung),
//! `who_yields_lets_the_others_go_first`
//!
//! `woken` is cleared behind the poll. Who wakes the task *while* it is polled finds it woken, does nothing, and then you clear
//! the flag: that wake is lost, and the task sleeps for ever. It is the most common bug of a hand-written executor, and rare
//! enough to get through tests. Clear it before the poll: what happens from then on is a new wake.
// ANCHOR: turn
/// One turn.
#[inline]
pub fn turn(&self) -> usize {
    let mut woken = self.batch.take();
    self.queue.swap(&mut woken);
    let polled = woken.drain(..).filter(|&key| self.poll(key)).count();
    self.batch.set(woken);
    polled
}

#[inline]
fn poll(&self, key: Key) -> bool {
    let task = self.tasks.borrow_mut().get_mut(key).and_then(Option::take);
    let Some(mut task) = task else { return false };
    let ended = task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
    task.summons.woken.swap(false, Acquire);
    let mut tasks = self.tasks.borrow_mut();
    if ended {
        tasks.remove(key);
    } else if let Some(place) = tasks.get_mut(key) {
        place.replace(task);
    }
    true
}
// ANCHOR_END: turn
