//! The head says that the place is vacant before it is read.
//!
//! Rejected by: `a_place_is_written_again_only_when_it_was_read`, `around_a_ring_of_one_all_come_in_order`
//!
//! The producer may write into it between the two. Read, then say so.
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
