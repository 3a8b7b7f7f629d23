//! Counters by name, which many threads count up at once.
// ANCHOR: about
// HIDE
//!
//! Names are divided among shards by their hash, each with a lock of its own. Two threads wait for each other only if they
//! count in the same shard at the same moment. And each shard has cache lines of its own: two locks in one line would be
//! free at the same time, and their line would still have to go from one processor to the other and back.
// ANCHOR_END: about

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts by name.
type Counts = HashMap<Box<str>, u64>;

// ANCHOR: counters
// GIVEN: src/naive/counters.rs
/// More than there are processors, so that few meet.
const SHARDS: usize = 64;

/// A shard. 128 bytes are two lines, which processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Counts>);

/// Counters.
#[derive(Debug)]
pub struct Counters {
    shards: Box<[Shard]>,
    hasher: RandomState,
}

impl Counters {
    /// All of them are zero.
    #[must_use]
    pub fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { shards, hasher: RandomState::new() }
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&self, name: &str, amount: u64) {
        add(&mut self.shard(name), name, amount);
    }

    /// What it says.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        self.shard(name).get(name).copied().unwrap_or(0)
    }

    /// All counters and what they say, sorted by name. While others count, it is no single moment's.
    #[must_use]
    pub fn all(&self) -> Vec<(String, u64)> {
        let shards = self.shards.iter();
        sorted(shards.flat_map(|Shard(shard)| lock(shard).iter().map(entry).collect::<Vec<_>>()))
    }

    #[inline]
    fn shard(&self, name: &str) -> MutexGuard<'_, Counts> {
        let Shard(shard) = &self.shards[self.hasher.hash_one(name) as usize % SHARDS];
        lock(shard)
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

fn entry<N: AsRef<str>>((name, &count): (N, &u64)) -> (String, u64) {
    (name.as_ref().to_owned(), count)
}

fn sorted(entries: impl Iterator<Item = (String, u64)>) -> Vec<(String, u64)> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    entries
}
