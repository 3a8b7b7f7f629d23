//! The one that has been idle longest is lent first.
//!
//! Rejected by: `health::those_that_break_while_they_are_idle_are_not_lent`,
//! `maintain::a_busy_one_keeps_nothing_but_itself_open`, `maintain::what_is_broken_or_used_up_is_replaced`,
//! `the_one_used_last_is_lent_first`
//!
//! It looks fair, and boats need no fairness. In turn, each of a hundred is used now and then, none is ever idle for long,
//! and the pool never shrinks after a rush. A stack keeps a few warm, and lets the rest sink to the bottom, where they are
//! closed.
// ANCHOR: take_idle
loop {
    let idle = self.state.borrow_mut().idle.pop_front()?;
    let doubtful = idle.since.elapsed() >= self.limits.check_after;
    let guard = Guard::new(Place::of(self), idle.slot);
    if !self.manager.is_broken(&guard) {
        return Some(if doubtful { guard.doubt() } else { guard });
    }
    guard.discard();
}
// ANCHOR_END: take_idle
