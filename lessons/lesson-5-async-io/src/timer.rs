#![allow(unused)] // delete when done
//! What is to happen later, in order, unless it is cancelled before.
//!
//! A server sets a timer for nearly everything that it waits for, and cancels nearly all of them: the request came in time,
//! the database has answered. So cancelling must be cheap and leave nothing behind. A heap gives the earliest as quickly,
//! but nothing can be taken out of its middle: what is cancelled stays until its time has come, and at 50,000 requests a
//! second with a time-out of 30 s these are a million and a half dead entries. An ordered map gives the first one, too, and
//! any other can be taken out of it.
//!
//! No clock is read here. Whoever asks says what time it is, so that a test can say what it likes.

use std::collections::BTreeMap;
use std::time::Instant;

/// The name of a timer that was set, in the order in which timers expire. No two are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    deadline: Instant,
    /// Timers of the same moment expire in the order in which they were set.
    number: u64,
}

/// What is to happen, a `T` each.
#[derive(Debug)]
pub struct Timers<T> {
    waiting: BTreeMap<Key, T>,
    /// How many timers were ever set.
    set: u64,
}

impl<T> Timers<T> {
    /// Nothing is to happen.
    #[must_use]
    pub fn new() -> Self {
        Self { waiting: BTreeMap::new(), set: 0 }
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sets a timer, in O(log n). A deadline that has passed is allowed: it expires at once.
    pub fn insert(&mut self, deadline: Instant, what: T) -> Key {
        let key = Key { deadline, number: self.waiting.len() as u64 };
        self.set += 1;
        self.waiting.insert(key, what);
        key
    }

    /// Takes a timer back, in O(log n). `None` when it has expired or was cancelled already.
    pub fn cancel(&mut self, key: Key) -> Option<T> {
        self.waiting.remove(&key)
    }

    /// When there will be something to do: how long whoever runs the loop may sleep.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(key, _)| key.deadline)
    }

    /// The first whose deadline is not behind `now`, if there is one. Call it until there is none.
    pub fn pop_expired(&mut self, now: Instant) -> Option<T> {
        let first = self.waiting.first_entry()?;
        (first.key().deadline <= now).then(|| first.remove())
    }
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self::new()
    }
}
