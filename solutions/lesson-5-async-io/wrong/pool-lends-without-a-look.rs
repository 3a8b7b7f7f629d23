//! What lies idle is lent without a look.
//!
//! Rejected by: `health::those_that_break_while_they_are_idle_are_not_lent`,
//! `health::what_is_known_to_be_broken_is_not_checked_first`
//!
//! A database that restarts closes all of its connections, and your pool is full of them. `is_broken` costs nothing: it
//! says what is known already. Discard what is broken, and take the next one.
// ANCHOR: take_idle
let idle = self.state.borrow_mut().idle.pop_back()?;
let doubtful = idle.since.elapsed() >= self.limits.check_after;
let guard = Guard::new(Place::of(self), idle.slot);
Some(if doubtful { guard.doubt() } else { guard })
// ANCHOR_END: take_idle
