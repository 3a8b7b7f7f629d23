//! The soft and the hard limit of processor time are the same.
//!
//! Rejected by: `what_ends_a_job_is_told`
//!
//! At the soft limit comes SIGXCPU, at the hard one SIGKILL. If they are equal, SIGKILL comes first, and nobody can tell a job
//! that was too long from one that was killed. Leave a second between them.
// ANCHOR: limit
let seconds = limits.processor_time.as_secs().max(1);
for (resource, most) in
    [(Resource::As, limits.memory_bytes), (Resource::Cpu, seconds), (Resource::Core, 0)]
{
    let limit = Rlimit { current: Some(most), maximum: Some(most) };
    prlimit(Some(self.id()), resource, limit)?;
}
Ok(())
// ANCHOR_END: limit
