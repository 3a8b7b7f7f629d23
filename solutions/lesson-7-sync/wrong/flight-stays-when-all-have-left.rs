//! A load stays in the table until it has its value.
//!
//! Rejected by: `loads_that_are_given_up_leave_nothing`, `of_two_threads_that_ask_at_the_same_time_one_loads`
//!
//! If all who wanted it have left, it never gets one: nobody polls it. The key stays, with its memory, for ever. The
//! last one to leave takes it out.
// ANCHOR: leave
let mut table = self.flight.lock();
let Some(load) = table.get_mut(&self.key) else { return };
if !Arc::ptr_eq(&load.cell, &self.cell) {
    return;
}
load.callers -= 1;
if self.cell.initialized() {
    table.remove(&self.key);
}
// ANCHOR_END: leave
