//! The exchange or the load is Relaxed.
//!
//! Rejected by: `a_held_pair_stays_while_its_reader_sees_the_next`, `a_pair_is_held_by_all_its_readers`,
//! `a_pair_is_written_before_it_is_read`, `a_reader_sees_a_whole_pair`,
//! `a_slot_is_used_again_when_its_readers_have_gone`, `readers_and_writers_come_and_go_in_one_slot`,
//! `writers_at_the_same_time_each_retire_a_pair`
//!
//! A reader may see that a slot is current before it sees what was written into it. The exchange is a Release, the load
//! an Acquire.
// ANCHOR: load
let before = self.current.0.fetch_add(LOAD, std::sync::atomic::Ordering::Relaxed);
Guard { snapshot: self, index: slot(before) }
// ANCHOR_END: load
// ANCHOR: replace
let retired = self.current.0.swap(index as u64, std::sync::atomic::Ordering::Relaxed);
self.settle(slot(retired), loads(retired));
// ANCHOR_END: replace
