//! The batch ends at the first event that is nobody's.
//!
//! Rejected by: `what_stands_behind_the_bell_in_a_batch_is_told`
//!
//! Behind the bell's event, or that of somebody who has gone, others may stand in the batch. With an edge trigger the kernel
//! never tells them again. Go on to the next event instead of returning `None`.
// ANCHOR: next
let &epoll::Event { flags, data } = self.batch.get(self.taken)?;
self.taken += 1;
let key = Key::from_bits(data.u64());
if data.u64() == BELL || self.registered.get(key).is_none() {
    return None;
}
let over = flags.intersects(EventFlags::ERR | EventFlags::HUP);
let read = over || flags.intersects(EventFlags::IN | EventFlags::RDHUP);
let write = over || flags.intersects(EventFlags::OUT);
Some(Event { key, read, write })
// ANCHOR_END: next
