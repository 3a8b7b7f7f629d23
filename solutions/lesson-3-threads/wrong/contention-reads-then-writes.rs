//! A counter is read, and then written.
//!
//! Rejected by: `nothing_is_lost_when_threads_count_at_once`
//!
//! Between the two the lock was given back, and another thread may have counted, too. Its step is lost. Hold the lock for the
//! whole of it.
// ANCHOR: counters
/// Counters.
#[derive(Debug)]
pub struct Counters {
    counts: Mutex<Counts>,
}

impl Counters {
    /// All of them are zero.
    #[must_use]
    pub fn new() -> Self {
        Self { counts: Mutex::default() }
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&self, name: &str, amount: u64) {
        let before = self.get(name);
        lock(&self.counts).insert(name.into(), before + amount);
    }

    /// What it says.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        lock(&self.counts).get(name).copied().unwrap_or(0)
    }

    /// All counters and what they say, sorted by name.
    #[must_use]
    pub fn all(&self) -> Vec<(String, u64)> {
        sorted(&lock(&self.counts))
    }
}
// ANCHOR_END: counters
