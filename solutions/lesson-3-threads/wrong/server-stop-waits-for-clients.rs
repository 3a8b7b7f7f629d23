//! A stop waits until all connections have ended.
//!
//! Rejected by: PENDING
//!
//! A connection that is kept ends when its client likes. Until then a thread waits in `read`, and the stop for the thread. Shut
//! the reading side: who waits there wakes up, and who works is not disturbed.
// ANCHOR: stop
pool.shutdown(deadline)
// ANCHOR_END: stop
