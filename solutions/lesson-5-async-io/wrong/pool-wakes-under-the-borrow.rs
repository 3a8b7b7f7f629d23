//! Somebody is woken while the state is borrowed.
//!
//! Rejected by: `woken::whoever_is_told_of_a_free_place_may_come_back_to_the_pool_at_once`,
//! `woken::whoever_looks_after_the_pool_may_come_back_to_it_at_once`,
//! `woken::whoever_waits_for_the_end_may_come_back_to_the_pool_at_once`
//!
//! A waker is code of somebody else. tokio's only puts a task into a queue, but another one may poll the task at once, or look
//! at the pool's numbers, and meets a `RefCell` that you still hold: that is a panic, in the `drop` of a guard. A
//! `let mut state` lasts until the end of its block: take what you need out of it, end the block, and wake then.
// ANCHOR: vacate
let mut state = self.state.borrow_mut();
state.open -= 1;
let (waker, open) = (state.nudge(&self.limits), state.open);
if open == 0 {
    self.emptied.notify_waiters();
}
if open < self.limits.min {
    self.bell.notify_one();
}
if let Some(waker) = waker {
    waker.wake();
}
// ANCHOR_END: vacate
