//! What is limited is the memory that is in use, `RLIMIT_RSS`.
//!
//! Rejected by: `who_eats_memory_gets_none`
//!
//! That would be the right thing to limit, and Linux has not looked at it since 2.4.30 (getrlimit(2)): the call succeeds, and
//! nothing happens. What works for one process is `RLIMIT_AS`, which counts addresses.
// ANCHOR: limit
let seconds = limits.processor_time.as_secs().max(1);
for (resource, soft, hard) in [
    (Resource::Rss, limits.memory_bytes, limits.memory_bytes),
    (Resource::Cpu, seconds, seconds + 1),
    (Resource::Core, 0, 0),
] {
    let limit = Rlimit { current: Some(soft), maximum: Some(hard) };
    prlimit(Some(self.id()), resource, limit)?;
}
Ok(())
// ANCHOR_END: limit
