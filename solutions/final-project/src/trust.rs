//! For which users this host does not ask the second-level cache.
//!
//! A write that is committed but could not be told to Redis leaves an older user there, for at most its time to live.
//! Until then, no worker of this host asks for it: the next reader must see what was written. The same holds for all
//! users when a worker dies, who may have been between the two.
//!
//! It is one word of shared memory for each group of keys: a time. It only grows, so that two who doubt at once leave the
//! later time. Whoever doubts does so before the write is answered and before its count is counted up (see
//! [`Coherence`](crate::coherence::Coherence)); whoever sees the new count sees the doubt, too.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use solution_4_processes::shared::Plain;

use crate::coherence::GROUPS;

/// What is needed of a word: a trait, so that `loom` can put one of its own in the place of the processor's.
///
/// # Memory ordering
///
/// Relaxed, both: the count's Acquire comes before the load and its Release behind the raise, and orders them.
pub trait Latest {
    /// The value.
    fn load(&self) -> u64;
    /// Makes it `value`, unless it is more.
    fn raise(&self, value: u64);
}

impl Latest for AtomicU64 {
    fn load(&self) -> u64 {
        Self::load(self, Relaxed)
    }

    fn raise(&self, value: u64) {
        self.fetch_max(value, Relaxed);
    }
}

/// Until when, for each group of keys.
#[derive(Debug)]
#[repr(C)]
pub struct Trust<C, const N: usize = GROUPS> {
    /// Milliseconds of the machine's clock.
    until: [C; N],
}

// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl Plain for Trust<AtomicU64> {}

impl<C: Latest, const N: usize> Trust<C, N> {
    /// Whether the cache may be asked for this user.
    #[must_use]
    pub fn has(&self, key: u64, now: Duration) -> bool {
        milliseconds(now) >= self.until[key as usize % N].load()
    }

    /// Not before `until`.
    pub fn doubt(&self, key: u64, until: Duration) {
        self.until[key as usize % N].raise(milliseconds(until) + 1);
    }

    /// Not before `until`, whoever it is.
    pub fn doubt_all(&self, until: Duration) {
        self.until.iter().for_each(|word| word.raise(milliseconds(until) + 1));
    }
}

impl<C: Default, const N: usize> Default for Trust<C, N> {
    fn default() -> Self {
        Self { until: std::array::from_fn(|_| C::default()) }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX - 1)
}
