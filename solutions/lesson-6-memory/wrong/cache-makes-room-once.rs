//! It makes room once.
//!
//! Rejected by: `x`
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
