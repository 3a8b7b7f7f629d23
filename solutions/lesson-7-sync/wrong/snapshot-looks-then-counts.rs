//! It looks which slot is current, and then counts.
//!
//! Rejected by: `a_held_pair_stays_while_its_reader_sees_the_next`, `a_pair_is_held_by_all_its_readers`,
//! `a_pair_is_written_before_it_is_read`, `a_reader_sees_a_whole_pair`,
//! `a_slot_is_used_again_when_its_readers_have_gone`, `of_a_guard_and_a_writer_one_lets_go`,
//! `readers_and_writers_come_and_go_in_one_slot`, `writers_at_the_same_time_each_retire_a_pair`
//!
//! Between the two a writer may retire that slot, find no loads on it, and let the value go. The number and the count
//! are one word so that one addition does both, and what it returns names the slot.
// ANCHOR: load
let before = self.current.0.load(Acquire);
self.current.0.fetch_add(LOAD, Acquire);
Guard { snapshot: self, index: slot(before) }
// ANCHOR_END: load
