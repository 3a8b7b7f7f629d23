//! What is too large changes nothing.
//!
//! Rejected by: `model::it_throws_out_what_sieve_throws_out`,
//! `what_is_larger_than_the_bound_is_refused_and_takes_the_old_value_with_it`
//!
//! The value under the key was written over, and the new one is too large to keep. If the old one stays, the cache goes
//! on serving what is not true any more. Remove first, then look at the size.
// ANCHOR: insert
if self.bounds.items == 0 || bytes > self.bounds.bytes {
    return false;
}
self.remove(&key);
while self.slots.len() == self.bounds.items || bytes > self.bounds.bytes - self.counts.bytes {
    self.make_room(now);
}
let slot = self.entries.push(Entry { key: key.clone(), value, bytes, written: now });
self.slots.insert(key, slot);
self.counts.bytes += bytes;
true
// ANCHOR_END: insert
