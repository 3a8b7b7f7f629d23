//! Counters by name, which many threads count up at once.
// ANCHOR: about
// HIDE
//!
//! Each thread counts in a shard of its own, and whoever looks adds them up. So a thread waits for nobody while it counts, and
//! the cache lines of its shard stay with its processor. There is a lock all the same: for whoever looks, and because two
//! threads may have been given the same shard, where there are more threads than shards.
// ANCHOR_END: about

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts by name.
type Counts = HashMap<Box<str>, u64>;

// ANCHOR: counters
// GIVEN: src/naive/counters.rs
/// More than there are threads that count, as a rule.
const SHARDS: usize = 64;

/// Threads that have counted so far: the next one's number.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The shard of this thread.
    static OWN: usize = THREADS.fetch_add(1, Relaxed) % SHARDS;
}

/// A shard. 128 bytes are two lines, which processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Counts>);

/// Counters.
#[derive(Debug)]
pub struct Counters {
    shards: Box<[Shard]>,
}

impl Counters {
    /// All of them are zero.
    #[must_use]
    pub fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&self, name: &str, amount: u64) {
        let Shard(own) = &self.shards[OWN.with(|&own| own)];
        add(&mut lock(own), name, amount);
    }

    /// What it says. While others count, it is no single moment's.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.shards.iter().filter_map(|Shard(shard)| lock(shard).get(name).copied()).sum()
    }

    /// All counters and what they say, sorted by name. While others count, it is no single moment's.
    #[must_use]
    pub fn all(&self) -> Vec<(String, u64)> {
        let mut all = Counts::new();
        for Shard(shard) in &self.shards {
            for (name, &amount) in lock(shard).iter() {
                add(&mut all, name, amount);
            }
        }
        sorted(&all)
    }
}
// ANCHOR_END: counters

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}

#[inline]
fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    // Nothing can fail in the middle of a change.
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline]
fn add(counts: &mut Counts, name: &str, amount: u64) {
    match counts.get_mut(name) {
        Some(count) => *count += amount,
        None => drop(counts.insert(name.into(), amount)),
    }
}

fn sorted(counts: &Counts) -> Vec<(String, u64)> {
    let mut sorted: Vec<_> =
        counts.iter().map(|(name, &count)| (String::from(&**name), count)).collect();
    sorted.sort_unstable();
    sorted
}
