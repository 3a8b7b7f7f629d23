//! A timer's number is the number of those that wait.
//!
//! Rejected by: `an_old_key_cancels_nothing`, `every_history_is_that_of_a_plain_list`,
//! `timers_of_one_moment_are_all_kept_whatever_was_cancelled`
//!
//! The length goes down again when something is cancelled or expires. Set two timers for the same moment: they have the numbers
//! 0 and 1. Cancel the first, and set another: it is 1 again, and takes the place of the second in the map. Whoever waits for
//! that one waits for ever. A number that must be unique may never go back.
// ANCHOR: insert
let key = Key { deadline, number: self.waiting.len() as u64 };
self.set += 1;
self.waiting.insert(key, what);
key
// ANCHOR_END: insert
