#![allow(unused)] // delete when done
//! A map for all threads, cut into shards with a lock each.
//!
//! With one lock every thread waits for every other. Here a key belongs to one of many shards, by its hash, and only who
//! wants the same shard at the same time waits: with 64 shards, of 8 threads nearly none.
//!
//! # What is atomic
//!
//! Each operation on one key is: it happens within one shard, under its lock. [`update`](Sharded::update) is there because
//! a `get` and an `insert` behind it are two operations, and another thread may come between them.
//!
//! [`len`](Sharded::len) is not: it counts one shard after the other, while others come and go. That is a number for a
//! page of metrics. A count at one moment would need all locks at once.
//!
//! # Which shard
//!
//! The bits in the middle of the hash say. The map in the shard uses the same hash: its lowest bits for the place where a
//! search begins, its highest seven to tell keys apart there. If the shard were chosen by one of those, all keys of a map
//! would agree in it: they would use one place in 64, and lie in heaps.
//!
//! # Apart
//!
//! A lock is some bytes long. Without their distance several would share a cache line, and threads that lock different
//! shards would still take the line from one another.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sync::Apart;

/// The lowest bit of the hash that chooses the shard.
const SHARD_BIT: u32 = 32;

/// A map whose operations may be called by many threads at once.
pub struct Sharded<K, V, S = RandomState> {
    shards: Box<[Shard<K, V, S>]>,
    hasher: S,
}

/// Locked for one operation, in which nothing but `K`'s and the caller's own code can panic.
type Shard<K, V, S> = Apart<Mutex<HashMap<K, V, S>>>;

impl<K: Hash + Eq, V> Sharded<K, V> {
    /// An empty map of `shards` shards, whose keys may come from clients: the hash is keyed at random.
    ///
    /// # Panics
    ///
    /// The number of shards is no power of two.
    #[must_use]
    pub fn new(shards: usize) -> Self {
        Self::with_hasher(shards, RandomState::new())
    }
}

impl<K: Hash + Eq, V, S: BuildHasher + Clone> Sharded<K, V, S> {
    /// An empty map that hashes with `hasher`.
    ///
    /// # Panics
    ///
    /// As [`Sharded::new`].
    #[must_use]
    pub fn with_hasher(shards: usize, hasher: S) -> Self {
        assert!(shards.is_power_of_two(), "`{shards}` shards: that is no power of two");
        let shard = |_| Apart(Mutex::new(HashMap::with_hasher(hasher.clone())));
        Self { shards: (0..shards).map(shard).collect(), hasher }
    }

    /// A copy of the value under `key`. Large values belong in an `Arc`.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.shard(key).get(key).cloned()
    }

    /// Puts `value` under `key`, and returns what was there.
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        self.shard(&key).insert(key, value)
    }

    /// Takes out what is under `key`.
    #[inline]
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shard(key).remove(key)
    }

    /// Replaces what is under `key` by what `change` makes of it, in one step; `None` is nothing, before and after.
    ///
    /// Others that want the shard wait meanwhile. `change` must not use the map: it would wait for itself. When it panics,
    /// nothing is left under the key.
    #[inline]
    pub fn update(&self, key: K, change: impl FnOnce(Option<V>) -> Option<V>) {
        let before = self.remove(&key);
        if let Some(after) = change(before) {
            self.insert(key, after);
        }
    }

    /// How many keys there are; while others write, how many there were, shard by shard.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Whether [`len`](Self::len) is 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> MutexGuard<'_, HashMap<K, V, S>> {
        let number = (self.hasher.hash_one(key) >> SHARD_BIT) as usize;
        lock(&self.shards[number & (self.shards.len() - 1)])
    }
}

#[inline]
fn lock<K, V, S>(shard: &Shard<K, V, S>) -> MutexGuard<'_, HashMap<K, V, S>> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K, V, S> fmt::Debug for Sharded<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharded").field("shards", &self.shards.len()).finish_non_exhaustive()
    }
}
