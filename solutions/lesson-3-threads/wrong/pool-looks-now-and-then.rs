//! A thread without a job sleeps for a moment, and looks again.
//!
//! Rejected by: `a_thread_without_a_job_is_not_woken`
//!
//! A job that comes a moment after a look waits for the next one, and a thousand threads that look a thousand times a second
//! keep a processor busy with nothing. `recv` waits until somebody wakes it: that costs nothing while there is nothing, and no
//! time when there is something.
// ANCHOR: run
loop {
    match self.jobs.try_recv() {
        Ok(job) => {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(job)) {
                self.panicked.fetch_add(1, Relaxed);
                if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                    mem::forget(again);
                }
            }
        }
        Err(crossbeam_channel::TryRecvError::Empty) => thread::sleep(Duration::from_millis(1)),
        Err(crossbeam_channel::TryRecvError::Disconnected) => return,
    }
}
// ANCHOR_END: run
