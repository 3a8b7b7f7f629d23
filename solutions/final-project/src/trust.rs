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

/// Until when, for each group of keys.
#[derive(Debug)]
#[repr(C)]
pub struct Trust {
    /// Milliseconds of the machine's clock.
    until: [AtomicU64; GROUPS],
}

// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl Plain for Trust {}

impl Trust {
    /// Whether the cache may be asked for this user.
    #[must_use]
    pub fn has(&self, key: u64, now: Duration) -> bool {
        // Relaxed: the count's Acquire, which comes before this, orders it behind the doubt.
        milliseconds(now) >= self.until[key as usize % GROUPS].load(Relaxed)
    }

    /// Not before `until`.
    pub fn doubt(&self, key: u64, until: Duration) {
        // Relaxed: the count's Release, which comes behind this, publishes it.
        self.until[key as usize % GROUPS].fetch_max(milliseconds(until) + 1, Relaxed);
    }

    /// Not before `until`, whoever it is.
    pub fn doubt_all(&self, until: Duration) {
        (0..GROUPS as u64).for_each(|key| self.doubt(key, until));
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX - 1)
}
