//! The loop looks whether the result is there, and looks again.
//!
//! Rejected by: `whoever_waits_rests_until_the_result_is_there`
//!
//! To yield is to be polled again in the next turn, so the loop never sleeps while anybody computes: it takes a whole processor
//! for asking, and takes it from the thread that has the work to do. The receiver is a future. `result.await` leaves a waker in
//! the channel, and the sender wakes it.
// ANCHOR: offload
let job = Box::new(move || {
    if !sender.is_closed() {
        let result = work(&Asker(&sender));
        // Nobody may wait any more.
        let _ = sender.send(result);
    }
});
submit(job).map_err(|_| OffloadError::Full)?;
let mut result = result;
loop {
    match result.try_recv() {
        Ok(result) => return result.ok_or(OffloadError::Failed),
        Err(oneshot::error::TryRecvError::Closed) => return Err(OffloadError::Failed),
        Err(oneshot::error::TryRecvError::Empty) => tokio::task::yield_now().await,
    }
}
// ANCHOR_END: offload
