//! A place may be written before it was read.
//!
//! Rejected by: `a_place_is_written_again_only_when_it_was_read`, `around_a_ring_of_one_all_come_in_order`
//!
//! If the head says that it is vacant first, the producer may write into it in between. Read, then say so, as a Release; and
//! wherever the producer looks at the head, that is an Acquire.
// ANCHOR: pop
if self.head == self.tail_seen {
    self.tail_seen = self.shared.tail.0.load(Acquire);
    if self.head == self.tail_seen {
        return None;
    }
}
let number = self.head;
self.head = self.head.wrapping_add(1);
self.shared.head.0.store(self.head, Release);
// SAFETY: The item is there.
Some(unsafe { self.shared.take(number) })
// ANCHOR_END: pop
