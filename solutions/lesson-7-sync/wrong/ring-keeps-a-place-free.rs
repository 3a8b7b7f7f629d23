//! It is full when one place is left.
//!
//! Rejected by: `a_place_is_vacant_as_soon_as_its_item_is_taken`, `an_end_may_go_to_another_thread`,
//! `it_is_a_queue_with_a_bound`, `it_is_full_with_as_many_as_it_has_places`, `items_are_dropped_once`
//!
//! Rings whose numbers wrap around at the capacity need that, to tell full from empty. These only go up, so full is
//! `tail - head == capacity`.
// ANCHOR: push
let capacity = self.shared.places.len() - 1;
if self.tail.wrapping_sub(self.head_seen) >= capacity {
    self.head_seen = self.shared.head.0.load(Acquire);
    if self.tail.wrapping_sub(self.head_seen) >= capacity {
        return Err(item);
    }
}
// SAFETY: The ring is not full, so the place is vacant, and it is the producer's until `tail` is stored.
self.shared.place(self.tail).with_mut(|place| unsafe { (*place).write(item) });
self.tail = self.tail.wrapping_add(1);
self.shared.tail.0.store(self.tail, Release);
Ok(())
// ANCHOR_END: push
