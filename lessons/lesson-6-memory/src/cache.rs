#![allow(unused)] // delete when done
//! The first-level cache of a worker: bounded by items, by bytes and by age; one thread owns it.
//!
//! # Why there is no lock
//!
//! Even a hit writes, because the policy must remember it. Behind a lock every reader would wait for every other; here
//! each worker has a cache of its own, `&mut self` says so, and a hit writes one `bool`.
//!
//! # Which entry goes
//!
//! The policy is SIEVE (Zhang et al., "SIEVE is Simpler than LRU", NSDI 2024). It suits this cache for three reasons:
//!
//! - Most keys of a web workload are asked for once. LRU carries each of them through its whole list before it goes;
//!   the hand of SIEVE meets them soon after they came, and what is popular keeps its place. The test
//!   `popular_keys_are_hit_more_often_than_by_lru` prints both hit rates.
//! - A hit moves nothing. LRU unlinks an entry and links it in again, which writes to its neighbours and to both ends.
//! - Entries stay in the order in which they were written. All live equally long, so the oldest is also the first to
//!   expire: what is dead goes before what is alive, without a second queue for the times.
//!
//! What it loses: what was popular stays until the hand has come by twice, so that LRU follows a change of taste
//! sooner; the test prints that too. And like LRU it forgets what is popular when somebody walks through all keys:
//! policies that remember what they threw out (ARC, S3-FIFO, W-TinyLFU) do not, and cost more memory and code.
//!
//! # Cost
//!
//! `get` and `remove` are O(1), and `insert` is, amortised. Each entry that it throws out was inserted once. Each
//! step of the hand that throws out nobody takes off a mark, and each mark was set by a hit. A single `insert` may
//! still walk past all entries, if all were hit since the hand last came by, and the hash table now and then clears
//! out what removed keys leave behind.
//!
//! All memory is taken by [`Cache::new`], for as many items as the bound allows; after that only keys and values
//! allocate.

mod sieve;
pub mod trial;

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::time::{Duration, Instant};

use sieve::{Sieve, Slot};

/// How much a cache holds, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The most entries at a time. Room for them is taken at once.
    pub items: usize,
    /// The most bytes at a time, as they are counted by whoever inserts.
    pub bytes: usize,
    /// How long an entry may be served after it was written.
    pub ttl: Duration,
}

/// What a cache has done, and what it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Calls of `get` that found an entry.
    pub hits: u64,
    /// Calls of `get` that did not.
    pub misses: u64,
    /// Entries that made room for others before their time.
    pub evicted: u64,
    /// Entries that were found to be too old.
    pub expired: u64,
    /// Entries now, those among them that are too old and have not been looked at since.
    pub items: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// A cache for one thread. The time is an argument: a worker reads the clock once a request.
#[derive(Debug)]
pub struct Cache<K, V, S = RandomState> {
    bounds: Bounds,
    /// Twice as large as the bound. Removed keys leave tombstones behind, and a table that is at most half full gets
    /// rid of them in place; a fuller one would grow for them.
    slots: HashMap<K, Slot, S>,
    entries: Sieve<Entry<K, V>>,
    /// All but `items`, which the table knows.
    counts: Statistics,
}

#[derive(Debug)]
struct Entry<K, V> {
    /// The table's key once more: an entry that is thrown out must be found in the table.
    key: K,
    value: V,
    bytes: usize,
    written: Instant,
}

impl<K: Hash + Eq + Clone, V> Cache<K, V> {
    /// An empty cache, whose keys may come from clients: the hash is keyed at random.
    ///
    /// # Panics
    ///
    /// The bound is 2³² - 1 items or more.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self::with_hasher(bounds, RandomState::new())
    }
}

impl<K: Hash + Eq + Clone, V, S: BuildHasher> Cache<K, V, S> {
    /// An empty cache that hashes with `hasher`, for keys that nobody chooses to collide.
    ///
    /// # Panics
    ///
    /// As [`Cache::new`].
    #[must_use]
    pub fn with_hasher(bounds: Bounds, hasher: S) -> Self {
        let entries = Sieve::with_capacity(bounds.items);
        Self {
            bounds,
            slots: HashMap::with_capacity_and_hasher(2 * bounds.items, hasher),
            entries,
            counts: Statistics::default(),
        }
    }

    /// The value that was last inserted under `key`, unless it has gone. An entry that is `ttl` old is removed.
    #[inline]
    pub fn get<Q>(&mut self, key: &Q, now: Instant) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // `self.entries.visit(slot)` marks it; `expire` takes out what is too old
        todo!("find it, count it, and mark it as asked for")
    }

    /// Keeps `value`, which counts as so many `bytes`, in the place of what was there under `key`. Others go to make
    /// room: first those that are too old, then those that nobody asks for.
    ///
    /// Returns false when it alone is larger than the bound. Then nothing is kept under `key`, what was there before
    /// included: it is no longer what was last written.
    #[inline]
    pub fn insert(&mut self, key: K, value: V, bytes: usize, now: Instant) -> bool {
        // what is there under the key goes in any case; what alone is larger than the bound throws nobody out
        // `make_room` takes out one entry; an entry is in `self.entries` and in `self.slots`
        todo!("make room, and keep it")
    }

    /// Takes out what is there under `key`, even if it is too old to be served.
    #[inline]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let slot = self.slots.remove(key)?;
        let entry = self.entries.remove(slot);
        self.counts.bytes -= entry.bytes;
        Some(entry.value)
    }

    /// Removes all entries; the memory is kept, and so are the counts.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.entries.clear();
        self.counts.bytes = 0;
    }

    /// What the cache has done since it was made, and what it holds now.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics { items: self.slots.len(), ..self.counts }
    }

    /// Removes one entry. There is one: an empty cache has room for all that `insert` lets through.
    fn make_room(&mut self, now: Instant) {
        todo!("the oldest, if it is too old; otherwise one that nobody asks for")
    }

    fn is_expired(&self, slot: Slot, now: Instant) -> bool {
        // Not `written + ttl`: that has no end when the time to live is "for ever".
        now.saturating_duration_since(self.entries.get(slot).written) >= self.bounds.ttl
    }

    #[cold]
    fn expire(&mut self, slot: Slot) {
        self.discard(slot);
        self.counts.expired += 1;
    }

    fn discard(&mut self, slot: Slot) {
        let entry = self.entries.remove(slot);
        self.slots.remove(&entry.key);
        self.counts.bytes -= entry.bytes;
    }
}
