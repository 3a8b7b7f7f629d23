//! Errors and hang-ups are neither readable nor writable.
//!
//! Rejected by: `whoever_waits_for_a_byte_is_told_of_the_end`, `whoever_waits_for_room_is_told_of_an_error`,
//! `whoever_waits_for_the_other_direction_is_told_too`
//!
//! The kernel tells `ERR` and `HUP` whether somebody asked for them or not, and sometimes nothing else. Whoever waits to read
//! then gets an event in which nothing is ready, does nothing, and with a level trigger is told again at once, for ever: a
//! loop that takes all of a processor. Both mean that the next `read` or `write` will not block, but return 0 or the error.
// ANCHOR: next
while let Some(&epoll::Event { flags, data }) = self.batch.get(self.taken) {
    self.taken += 1;
    let key = Key::from_bits(data.u64());
    if data.u64() == BELL || self.registered.get(key).is_none() {
        continue;
    }
    let read = flags.intersects(EventFlags::IN | EventFlags::RDHUP);
    let write = flags.intersects(EventFlags::OUT);
    return Some(Event { key, read, write });
}
None
// ANCHOR_END: next
