//! Who was woken to have one made leaves without a word.
//!
//! Rejected by: `leave::who_was_woken_to_have_one_made_and_leaves_wakes_the_next`,
//! `woken::whoever_takes_the_turn_of_one_who_leaves_may_come_back_to_the_pool_at_once`
//!
//! When a place becomes free, only the front of the queue is woken, so that it sees to a new one. If it leaves instead,
//! that wake-up is lost, and all behind it wait out their time-outs beside a free place. Whoever leaves asks `state.nudge`
//! whom to wake.
// ANCHOR: leave
let ((waker, handed), next) = {
    let mut state = self.pool.state.borrow_mut();
    (state.queue.leave(self.ticket), state.nudge(&self.pool.limits))
};
// What it was handed goes to the next.
let unused = handed.map(|handed| handed.map(|slot| Guard::new(Place::of(self.pool), slot)));
drop((waker, unused));
drop(next);
// ANCHOR_END: leave
