//! Who leaves drops what it was handed.
//!
//! Rejected by: `end::what_was_handed_to_one_who_leaves_behind_the_end_is_closed`,
//! `leave::a_caller_may_be_dropped_at_every_await`, `leave::a_caller_may_be_dropped_in_the_middle_of_a_check`,
//! `leave::a_guard_goes_back_when_its_user_panics`, `leave::a_panic_in_a_check_costs_the_boat_and_not_its_place`,
//! `leave::two_places_that_become_free_at_the_same_time_serve_two`,
//! `leave::what_was_handed_to_one_who_leaves_goes_to_the_next`,
//! `leave::who_is_handed_one_when_it_was_woken_to_have_one_made_looks_after_the_rest`,
//! `leave::who_leaves_the_queue_is_skipped`, `leave::who_was_woken_to_have_one_made_and_leaves_wakes_the_next`
//!
//! Between the moment at which somebody is handed a connection and that at which it is polled, its request may time out.
//! What it was handed is then dropped like a stone: the connection closes, and worse, its place is never given back,
//! because no `Guard` knows of it. Make a `Guard` of it and drop that: then it goes the usual way.
// ANCHOR: leave
let ((waker, handed), next) = {
    let mut state = self.pool.state.borrow_mut();
    (state.queue.leave(self.ticket), state.nudge(&self.pool.limits))
};
// What it was handed goes to the next.
let unused = handed;
drop((waker, unused));
if let Some(next) = next {
    next.wake();
}
// ANCHOR_END: leave
