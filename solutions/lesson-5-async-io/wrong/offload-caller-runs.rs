//! When the pool is full, the loop does the work itself.
//!
//! Rejected by: `a_full_pool_is_an_error_at_once`, `the_loop_does_not_work_itself_when_the_pool_is_full`
//!
//! Where each client has a thread that is a good policy: the caller slows down. Here the caller is the thread of all
//! connections, and it is stopped at the very moment at which there is most to do. Say that the pool is full, and let the
//! client hear 503.
// ANCHOR: offload
let job = Box::new(move || {
    if !sender.is_closed() {
        let result = work(&Asker(&sender));
        // Nobody may wait any more.
        let _ = sender.send(result);
    }
});
if let Err(job) = submit(job) {
    job();
}
result.await.ok().flatten().ok_or(OffloadError::Failed)
// ANCHOR_END: offload
