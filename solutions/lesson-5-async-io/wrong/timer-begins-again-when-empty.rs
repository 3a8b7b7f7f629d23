//! Numbers begin at 0 again when nothing waits.
//!
//! Rejected by: `an_old_key_cancels_nothing`, `every_history_is_that_of_a_plain_list`
//!
//! It keeps the numbers small, which nobody needs: a `u64` that is counted up a million times a second lasts for half a million
//! years. But somebody may still have the key of a timer that has expired. If a new one for the same moment gets the same
//! number, the late `cancel` takes away a timer that belongs to somebody else.
// ANCHOR: insert
if self.waiting.is_empty() {
    self.set = 0;
}
let key = Key { deadline, number: self.set };
self.set += 1;
self.waiting.insert(key, what);
key
// ANCHOR_END: insert
