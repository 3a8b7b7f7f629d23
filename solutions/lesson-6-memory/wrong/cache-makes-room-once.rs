//! It makes room once.
//!
//! Rejected by: `model::it_does_what_any_cache_must`, `model::it_throws_out_what_sieve_throws_out`,
//! `there_are_never_more_bytes_than_the_bound`
//!
//! One large entry may need the room of several small ones. Go on until it fits.
// ANCHOR: insert
self.remove(&key);
if self.bounds.items == 0 || bytes > self.bounds.bytes {
    return false;
}
if self.slots.len() == self.bounds.items || self.counts.bytes + bytes > self.bounds.bytes {
    self.make_room(now);
}
let slot = self.entries.push(Entry { key: key.clone(), value, bytes, written: now });
self.slots.insert(key, slot);
self.counts.bytes += bytes;
true
// ANCHOR_END: insert
