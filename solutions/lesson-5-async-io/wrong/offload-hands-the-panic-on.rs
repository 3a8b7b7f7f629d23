//! A job without a result panics on the loop.
//!
//! Rejected by: `work_that_panics_or_gives_up_is_an_error` (panicked)
//!
//! When the work panics, the pool's thread contains it, and the sender is dropped without having sent: the receiver gets an
//! error. With `expect` that is a panic of the event loop, and one bad request ends all others. It is
//! `OffloadError::Failed`.
// ANCHOR: offload
let job = Box::new(move || {
    if !sender.is_closed() {
        let result = work(&Asker(&sender));
        // Nobody may wait any more.
        let _ = sender.send(result);
    }
});
submit(job).map_err(|_| OffloadError::Full)?;
result.await.expect("the work sends something").ok_or(OffloadError::Failed)
// ANCHOR_END: offload
