//! What a job has thrown is dropped outside of `catch_unwind`.
//!
//! Rejected by: `what_a_job_throws_may_panic_when_it_is_dropped` (hung)
//!
//! What is thrown is a value, and its `Drop` is code of the job's, too. If that panics, your thread ends, and with it, when the
//! pool is joined, the process. Drop the payload inside of another `catch_unwind`, and leak what comes then (`mem::forget`).
// ANCHOR: run
for job in &self.jobs {
    if catch_unwind(AssertUnwindSafe(job)).is_err() {
        self.panicked.fetch_add(1, Relaxed);
    }
}
// ANCHOR_END: run
