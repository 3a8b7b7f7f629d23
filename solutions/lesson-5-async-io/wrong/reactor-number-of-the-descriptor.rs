//! An event is believed whatever has happened since it was fetched.
//!
//! Rejected by: `who_leaves_takes_the_events_that_were_fetched_already_along`
//!
//! The batch is a piece of the past. While you handled its first event, a connection was closed and another one accepted;
//! the second event is about the one that has gone, and whoever handles it reads from the new one. `self.registered.get(key)`
//! says whether anybody still has this key; if nobody does, go on to the next event.
// ANCHOR: next
while let Some(&epoll::Event { flags, data }) = self.batch.get(self.taken) {
    self.taken += 1;
    let key = Key::from_bits(data.u64());
    if data.u64() == BELL {
        continue;
    }
    let over = flags.intersects(EventFlags::ERR | EventFlags::HUP);
    let read = over || flags.intersects(EventFlags::IN | EventFlags::RDHUP);
    let write = over || flags.intersects(EventFlags::OUT);
    return Some(Event { key, read, write });
}
None
// ANCHOR_END: next
