//! Numbers are stored and loaded Relaxed.
//!
//! Rejected by: `a_place_is_written_again_only_when_it_was_read`, `around_a_ring_of_one_all_come_in_order`,
//! `what_comes_out_is_what_was_put_in`, `what_is_left_is_dropped_by_whoever_goes_last`
//!
//! The number may be seen before what it stands for. The store that publishes is a Release, the load that looks for it
//! an Acquire; one's own number may be Relaxed.
// ANCHOR: push
let capacity = self.shared.places.len();
if self.tail.wrapping_sub(self.head_seen) == capacity {
    self.head_seen = self.shared.head.0.load(Relaxed);
    if self.tail.wrapping_sub(self.head_seen) == capacity {
        return Err(item);
    }
}
// SAFETY: The ring is not full.
self.shared.place(self.tail).with_mut(|place| unsafe { (*place).write(item) });
self.tail = self.tail.wrapping_add(1);
self.shared.tail.0.store(self.tail, Relaxed);
Ok(())
// ANCHOR_END: push
// ANCHOR: pop
if self.head == self.tail_seen {
    self.tail_seen = self.shared.tail.0.load(Relaxed);
    if self.head == self.tail_seen {
        return None;
    }
}
// SAFETY: The item is there.
let item = unsafe { self.shared.take(self.head) };
self.head = self.head.wrapping_add(1);
self.shared.head.0.store(self.head, Relaxed);
Some(item)
// ANCHOR_END: pop
