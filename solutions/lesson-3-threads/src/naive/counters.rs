//! Counters behind one lock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Counts = HashMap<Box<str>, u64>;

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
        add(&mut lock(&self.counts), name, amount);
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
