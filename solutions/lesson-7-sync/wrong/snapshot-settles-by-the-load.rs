//! It looks at the balance after it has changed it.
//!
//! Rejected by: `a_held_pair_stays_while_its_reader_sees_the_next`, `a_pair_is_held_by_all_its_readers`,
//! `a_reader_sees_a_whole_pair`, `a_slot_is_used_again_when_its_readers_have_gone`,
//! `of_a_guard_and_a_writer_one_lets_go`, `readers_and_writers_come_and_go_in_one_slot`,
//! `writers_at_the_same_time_each_retire_a_pair`
//!
//! Between the two another one may change it as well, and then both see zero, or neither does. What `fetch_add` returns
//! is the balance before, and nobody else's change is in it.
// ANCHOR: settle
self.slots[index].balance.0.fetch_add(change, Release);
if self.slots[index].balance.0.load(Acquire) == 0 {
    self.let_go(index);
}
// ANCHOR_END: settle
