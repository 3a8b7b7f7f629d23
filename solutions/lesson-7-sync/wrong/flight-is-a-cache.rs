//! A load leaves the table with the last one who waited.
//!
//! Rejected by: `who_asks_after_the_load_has_ended_gets_a_new_one`, `who_leaves_an_old_load_leaves_the_new_one_alone`,
//! `who_leaves_an_old_load_takes_nobody_out_of_the_new_one`
//!
//! As long as somebody is slow to collect its copy, newcomers get the old value, although it was loaded before they
//! came. The first one who leaves with the value takes the load out.
// ANCHOR: leave
let mut table = self.flight.lock();
let Some(load) = table.get_mut(&self.key) else { return };
if !Arc::ptr_eq(&load.cell, &self.cell) {
    return;
}
load.callers -= 1;
if load.callers == 0 {
    table.remove(&self.key);
}
// ANCHOR_END: leave
