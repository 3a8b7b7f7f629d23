//! The item may be read before it is there.
//!
//! Rejected by: `around_a_ring_of_one_all_come_in_order`, `what_comes_out_is_what_was_put_in`,
//! `what_is_left_is_dropped_by_whoever_goes_last`
//!
//! The consumer may look between the two, and read a place that nobody has written. Write, then publish, as a Release; and
//! wherever the consumer looks at the tail, that is an Acquire.
// ANCHOR: push
let capacity = self.shared.places.len();
if self.tail.wrapping_sub(self.head_seen) == capacity {
    self.head_seen = self.shared.head.0.load(Acquire);
    if self.tail.wrapping_sub(self.head_seen) == capacity {
        return Err(item);
    }
}
let number = self.tail;
self.tail = self.tail.wrapping_add(1);
self.shared.tail.0.store(self.tail, Release);
// SAFETY: The place is vacant.
self.shared.place(number).with_mut(|place| unsafe { (*place).write(item) });
Ok(())
// ANCHOR_END: push
