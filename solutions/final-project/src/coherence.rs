//! Which cached copies are still true, on all workers of a host.
//!
//! Each worker has a cache of its own, and a write on one must be seen by the next read on every other.
//! So there is a counter in shared memory for each group of keys:
//!
//! 1. A write commits to the database, then counts its key's counter up, then answers its client.
//! 2. A fill reads the counter, *then* the database, and keeps the value together with that count.
//! 3. A hit needs the kept count to be equal to the counter.
//!
//! A read that begins after a write was answered finds a count that is newer than every value filled
//! before the commit, and fills again. A fill that runs beside a write may keep the old value, but then
//! with the old count, which the write invalidates; or the new value with the old count, and one fill
//! is made in vain.
//!
//! A writer that is killed between its commit and its count has answered nobody; the master then
//! counts all counters up. Another host does not see these counters: there, a copy is at most as old
//! as its time to live.
//!
//! # Memory ordering
//!
//! The count is a Release: whoever sees it sees the commit before it. The read of the counter is an
//! Acquire: the database is not read before it.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};

use solution_4_processes::shared::{Cell, Plain};

/// How many groups of keys there are. Two users in one group cost each other a fill, no more.
pub const GROUPS: usize = 4096;

/// A counter for each group of keys.
#[derive(Debug)]
#[repr(C)]
pub struct Coherence<C, const N: usize = GROUPS> {
    counters: [C; N],
}

// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl Plain for Coherence<AtomicU64> {}

/// What a counter read when a value was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Count(u64);

impl<C: Cell, const N: usize> Coherence<C, N> {
    /// What the key's counter reads now. Call it before the database is read.
    #[inline]
    pub fn read(&self, key: u64) -> Count {
        // Acquire pairs with `invalidate`'s Release: who sees the count sees the commit.
        Count(self.counter(key).load(Acquire))
    }

    /// The key's value has changed: no copy that was filled before is true any more. Call it behind the commit.
    pub fn invalidate(&self, key: u64) {
        // Release pairs with `read`'s Acquire.
        self.counter(key).add(1, Release);
    }

    /// Any value may have changed.
    pub fn invalidate_all(&self) {
        for counter in &self.counters {
            // Release, as in `invalidate`.
            counter.add(1, Release);
        }
    }

    fn counter(&self, key: u64) -> &C {
        // Ids follow each other: neighbours are in different groups without any hashing.
        &self.counters[key as usize % N]
    }
}

impl<C: Default, const N: usize> Default for Coherence<C, N> {
    fn default() -> Self {
        Self { counters: std::array::from_fn(|_| C::default()) }
    }
}
