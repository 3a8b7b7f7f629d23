//! It takes out what is there, unlocks, and locks again to put in what comes of it.
//!
//! Rejected by: some of `history::what_two_threads_are_told_has_an_order`,
//! `updates_of_one_key_at_the_same_time_all_count`
//!
//! Between the two another thread finds nothing under the key, and counts from the beginning. Each operation by itself is
//! atomic, and two of them are not. Keep the shard locked until the new value is in.
// ANCHOR: update
let before = self.remove(&key);
if let Some(after) = change(before) {
    self.insert(key, after);
}
// ANCHOR_END: update
