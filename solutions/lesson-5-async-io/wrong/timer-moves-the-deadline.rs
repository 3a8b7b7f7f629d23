//! A timer whose moment is taken gets the next free nanosecond.
//!
//! Rejected by: `timers_of_one_moment_are_all_kept_whatever_was_cancelled`
//!
//! Nothing is lost any more, but timers expire later than they were set for, and with ten thousand of the same moment each
//! insert walks past all of them. The deadline belongs to whoever set it. What makes two keys different is the number.
// ANCHOR: insert
let mut key = Key { deadline, number: 0 };
while self.waiting.contains_key(&key) {
    key.deadline += std::time::Duration::from_nanos(1);
}
self.set += 1;
self.waiting.insert(key, what);
key
// ANCHOR_END: insert
