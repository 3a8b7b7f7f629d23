//! Who was hung up on may read, and who has an error may write.
//!
//! Rejected by: `whoever_waits_for_the_other_direction_is_told_too`
//!
//! `HUP` and `ERR` come whether somebody asked for them or not, and you do not know what whoever gets the event waits for. If it
//! waits for the direction that you leave out, it does nothing, and with a level trigger is told again at once, for ever. Each of
//! the two means both: a `read` will not block, and a `write` will not either.
// ANCHOR: next
while let Some(&epoll::Event { flags, data }) = self.batch.get(self.taken) {
    self.taken += 1;
    let key = Key::from_bits(data.u64());
    if data.u64() == BELL || self.registered.get(key).is_none() {
        continue;
    }
    let read = flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP);
    let write = flags.intersects(EventFlags::OUT | EventFlags::ERR);
    return Some(Event { key, read, write });
}
None
// ANCHOR_END: next
