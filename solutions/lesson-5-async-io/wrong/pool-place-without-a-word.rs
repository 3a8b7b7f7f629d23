//! A place becomes free, and nobody is told.
//!
//! Rejected by: `create::who_comes_later_is_not_told_what_failed_before`,
//! `health::one_that_is_discarded_is_closed_and_replaced_for_who_waits`,
//! `health::who_comes_while_another_one_is_checked_does_not_overtake_it`,
//! `leave::two_places_that_become_free_at_the_same_time_serve_two`,
//! `leave::who_was_woken_to_have_one_made_and_leaves_wakes_the_next`,
//! `random::in_any_order_nothing_is_lost_and_nobody_is_overtaken`, `random::with_checks_nothing_is_lost_either`,
//! `what_has_been_used_up_is_replaced_for_who_waits`, `what_is_handed_to_one_who_was_woken_before_is_needed`,
//! `woken::whoever_is_told_of_a_free_place_may_come_back_to_the_pool_at_once`,
//! `woken::whoever_takes_the_turn_of_one_who_leaves_may_come_back_to_the_pool_at_once`
//!
//! A broken one is closed, and somebody waits: now there is room for a new one, but whoever waits sleeps. Wake the front of
//! the queue (`state.nudge`), and ring the bell when fewer than `min` are open.
// ANCHOR: vacate
let (waker, open) = {
    let mut state = self.state.borrow_mut();
    state.open -= 1;
    (None::<std::task::Waker>, state.open)
};
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
