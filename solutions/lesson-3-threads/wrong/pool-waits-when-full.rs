//! `try_submit` waits for room.
//!
//! Rejected by: `a_full_queue_gives_the_job_back`
//!
//! Whoever calls it wants to know *now*, to be able to say so to a client. A thread that accepts connections and waits here
//! refuses nobody and serves nobody.
// ANCHOR: try_submit
self.queue().send(job).map_err(|refused| Full(refused.into_inner()))
// ANCHOR_END: try_submit
