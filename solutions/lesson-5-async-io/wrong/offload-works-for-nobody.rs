//! Work is begun whether anybody waits or not.
//!
//! Rejected by: `work_that_nobody_waits_for_never_begins`
//!
//! Under load a job waits in the pool's queue for a while, and its client may have left before it begins. Then the pool
//! computes for nobody, and those who still wait, wait longer: an overload that feeds itself. The sender knows: ask it
//! first.
// ANCHOR: offload
let job = Box::new(move || {
    let result = work(&Asker(&sender));
    // Nobody may wait any more.
    let _ = sender.send(result);
});
submit(job).map_err(|_| OffloadError::Full)?;
result.await.ok().flatten().ok_or(OffloadError::Failed)
// ANCHOR_END: offload
