//! A pool that is dropped closes its queue, and waits for nobody.
//!
//! Rejected by: `dropping_the_pool_joins_its_threads`, `dropping_the_pool_runs_what_was_accepted`
//!
//! Jobs that were accepted run on, or do not, if `main` returns first and takes all threads with it. What was accepted is
//! run: `join` the threads.
// ANCHOR: drop
self.queue = None;
// ANCHOR_END: drop
