//! The writer adds the loads, and leaves the rest to the guards.
//!
//! Rejected by: `a_destructor_may_panic`, `a_destructor_may_replace_with_the_slot_that_it_leaves`,
//! `a_forgotten_guard_costs_a_slot_until_the_snapshot_goes` (hung),
//! `a_value_that_nobody_holds_is_dropped_when_it_is_replaced`, `a_writer_need_not_wait_for_readers_of_all_but_one_slot`
//! (hung)
//!
//! If none is left, nobody comes any more who could find the zero: the value stays for ever, and its slot with it.
//! Whoever makes the balance zero lets go, and that may be the writer: `settle` does the same for both.
// ANCHOR: replace
let retired = self.current.0.swap(index as u64, Release);
self.slots[slot(retired)].balance.0.fetch_add(loads(retired), Release);
// ANCHOR_END: replace
