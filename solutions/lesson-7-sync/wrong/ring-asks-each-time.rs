//! Each end looks at the other's number each time.
//!
//! Rejected by: the benchmark
//!
//! It is right, and slow: the number's cache line goes to and fro between the processors, twice for each item. What you saw
//! last is still true as far as it goes: items that were there are there, and places that were vacant are vacant. Look again
//! when that is used up.
// ANCHOR: push
let head = self.shared.head.0.load(Acquire);
if self.tail.wrapping_sub(head) == self.shared.places.len() {
    return Err(item);
}
self.head_seen = head;
// SAFETY: The ring is not full, so the place is vacant, and it is the producer's until `tail` is stored.
self.shared.place(self.tail).with_mut(|place| unsafe { (*place).write(item) });
self.tail = self.tail.wrapping_add(1);
self.shared.tail.0.store(self.tail, Release);
Ok(())
// ANCHOR_END: push
// ANCHOR: pop
let tail = self.shared.tail.0.load(Acquire);
if self.head == tail {
    return None;
}
self.tail_seen = tail;
// SAFETY: The item is there, and it is the consumer's until `head` is stored.
let item = unsafe { self.shared.take(self.head) };
self.head = self.head.wrapping_add(1);
self.shared.head.0.store(self.head, Release);
Some(item)
// ANCHOR_END: pop
