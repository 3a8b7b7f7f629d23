//! Whoever leaves takes out what is under its key.
//!
//! Rejected by: `who_leaves_an_old_load_leaves_the_new_one_alone`,
//! `who_leaves_an_old_load_takes_nobody_out_of_the_new_one`
//!
//! Its own load may have left long ago, and another one of the same key is in flight: those who come now would begin a
//! third. Look whether it is the same cell.
// ANCHOR: leave
let mut table = self.flight.lock();
let Some(load) = table.get_mut(&self.key) else { return };
load.callers = load.callers.saturating_sub(1);
if load.callers == 0 || self.cell.initialized() {
    table.remove(&self.key);
}
// ANCHOR_END: leave
