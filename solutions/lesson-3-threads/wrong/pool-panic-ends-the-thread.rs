//! A job's panic is the thread's.
//!
//! Rejected by: `a_panic_costs_one_job_and_no_thread` (hung),
//! `what_a_job_throws_may_panic_when_it_is_dropped` (hung)
//!
//! The thread unwinds and is gone. After as many panics as there are threads, the pool takes jobs and runs none: the server
//! accepts, and nobody answers. Catch what a job throws, count it, and go on.
// ANCHOR: run
for job in &self.jobs {
    job();
}
// ANCHOR_END: run
