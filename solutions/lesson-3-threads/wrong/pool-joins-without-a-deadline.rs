//! A shutdown joins one thread after the other.
//!
//! Rejected by: `shutdown_does_not_wait_behind_its_deadline`
//!
//! `join` has no time limit: one job that hangs holds up the end of the program for ever. Wait for the message that all have
//! ended, which `recv_timeout` gives up in time.
// ANCHOR: shutdown
self.queue = None;
join(mem::take(&mut self.workers));
Ok(())
// ANCHOR_END: shutdown
