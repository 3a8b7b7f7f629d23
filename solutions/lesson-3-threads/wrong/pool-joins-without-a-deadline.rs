//! A shutdown waits for its threads, however long that takes.
//!
//! Rejected by: `shutdown_does_not_wait_behind_its_deadline`
//!
//! `join` has no time limit: one job that hangs holds up the end of the program for ever. Wait for the message that all have
//! ended, which `recv_timeout` gives up in time. And look at what happens then: handles that are still in the pool are joined
//! when it is dropped, at the end of this very function. Take them out before.
// ANCHOR: shutdown
self.queue = None;
join(mem::take(&mut self.workers));
Ok(())
// ANCHOR_END: shutdown
