//! A resource is lent as often as it is wanted.
//!
//! Rejected by: `after_so_many_uses_one_is_replaced`, `maintain::what_is_broken_or_used_up_is_replaced`,
//! `what_has_been_used_up_is_replaced_for_who_waits`
//!
//! `uses_max` is not in your answer. The other side of a connection collects something with each use, plans and temporary
//! tables and memory, and gives it back only when the connection ends.
// ANCHOR: is_fit
if pool.manager.is_broken(self) {
    pool.state.borrow_mut().totals.broken += 1;
    return false;
}
// The manager is asked before: it may have closed the pool.
!pool.state.borrow().closed
// ANCHOR_END: is_fit
