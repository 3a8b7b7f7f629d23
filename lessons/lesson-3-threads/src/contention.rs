#![allow(unused)] // delete when done
//! Counters by name, which many threads count up at once.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts by name.
type Counts = HashMap<Box<str>, u64>;

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
        add(&mut lock(&self.counts), name, amount);
    }

    /// What it says.
    #[must_use]
    pub fn get(&self, name: &str) -> u64 {
        lock(&self.counts).get(name).copied().unwrap_or(0)
    }

    /// All counters and what they say, sorted by name. While others count, it is no single moment's.
    #[must_use]
    pub fn all(&self) -> Vec<(String, u64)> {
        sorted(lock(&self.counts).iter().map(entry))
    }
}

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
