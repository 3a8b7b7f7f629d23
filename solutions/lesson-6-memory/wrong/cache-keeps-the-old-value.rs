//! What is too large changes nothing.
//!
//! Rejected by: `x`
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
