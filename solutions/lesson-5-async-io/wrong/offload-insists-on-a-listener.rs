//! The job expects somebody to take its result.
//!
//! Rejected by: `a_result_that_nobody_takes_is_no_panic` (panicked)
//!
//! A client may leave at any time, also between the work's last look and its end. Then `send` gives the result back, which says
//! that nobody wants it, and not that something is wrong. A job that panics about it costs the pool a thread, or fills the log.
//! Drop what comes back: `let _ = sender.send(result);`.
// ANCHOR: offload
let job = Box::new(move || {
    if !sender.is_closed() {
        let result = work(&Asker(&sender));
        assert!(sender.send(result).is_ok(), "somebody waits");
    }
});
submit(job).map_err(|_| OffloadError::Full)?;
result.await.ok().flatten().ok_or(OffloadError::Failed)
// ANCHOR_END: offload
