//! A hit is counted, and leaves no mark.
//!
//! Rejected by: `model::it_throws_out_what_sieve_throws_out`, `popular_keys_are_hit_more_often_than_by_lru`,
//! `the_hand_goes_on_where_it_stopped`, `who_was_asked_for_stays_and_who_was_not_goes`
//!
//! Then the queue is first in, first out, and what is asked for all the time goes as soon as what nobody wants. `visit`
//! instead of `get` sets the mark.
// ANCHOR: get
let Some(&slot) = self.slots.get(key) else {
    self.counts.misses += 1;
    return None;
};
if self.is_expired(slot, now) {
    self.counts.misses += 1;
    self.expire(slot);
    return None;
}
self.counts.hits += 1;
Some(&self.entries.get(slot).value)
// ANCHOR_END: get
