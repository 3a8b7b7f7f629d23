//! A least-recently-used cache out of two collections: every hit searches the queue for its key.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::cache::Bounds;

/// A cache that keeps its keys in the order in which they were last used.
#[derive(Debug)]
pub struct Cache<K, V> {
    bounds: Bounds,
    entries: HashMap<K, Entry<V>>,
    /// The least recently used is at the front.
    order: VecDeque<K>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    written: Instant,
}

impl<K: Hash + Eq + Clone, V> Cache<K, V> {
    /// An empty cache.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, entries: HashMap::new(), order: VecDeque::new(), bytes: 0 }
    }

    /// The value under `key`, unless it has gone or is too old.
    #[inline]
    pub fn get(&mut self, key: &K, now: Instant) -> Option<&V> {
        let age: Duration = now - self.entries.get(key)?.written;
        if age >= self.bounds.ttl {
            self.remove(key);
            return None;
        }
        self.forget(key);
        self.order.push_back(key.clone());
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Keeps `value`; the least recently used make room.
    #[inline]
    pub fn insert(&mut self, key: K, value: V, bytes: usize, now: Instant) -> bool {
        self.remove(&key);
        if bytes > self.bounds.bytes {
            return false;
        }
        while self.entries.len() == self.bounds.items || self.bytes + bytes > self.bounds.bytes {
            let Some(oldest) = self.order.front().cloned() else { return false };
            self.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.entries.insert(key, Entry { value, bytes, written: now });
        self.bytes += bytes;
        true
    }

    /// Takes out what is there under `key`.
    #[inline]
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.forget(key);
        self.bytes -= entry.bytes;
        Some(entry.value)
    }

    fn forget(&mut self, key: &K) {
        let position = self.order.iter().position(|each| each == key);
        self.order.remove(position.expect("every entry is in the queue"));
    }
}
