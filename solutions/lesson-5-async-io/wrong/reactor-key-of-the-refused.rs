//! The key of a descriptor that the kernel refuses stays taken.
//!
//! Rejected by: `what_cannot_be_watched_leaves_nothing_behind`
//!
//! `register` takes a key first, because the kernel needs it, and then returns early with the kernel's error. The place is
//! lost for ever. A server that is asked for a thousand such things a second grows until it ends. Give the key back before
//! you return the error.
// ANCHOR: register
let key = self.registered.insert(());
let data = EventData::new_u64(key.to_bits());
epoll::add(&self.epoll, source, data, flags(interest, trigger))?;
Ok(key)
// ANCHOR_END: register
