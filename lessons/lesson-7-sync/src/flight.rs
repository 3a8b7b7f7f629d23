#![allow(unused)] // delete when done
//! One load for everybody who asks at the same time.
//!
//! A cold cache and a popular key: a thousand requests miss at once, and without this a thousand identical queries reach
//! the database. Here the first caller leads and loads; the others wait for what it brings.
//!
//! Each key in flight has one [`OnceCell`] of tokio's, whose `get_or_init` is most of the work. Whoever holds the one
//! permit of its semaphore runs its own load. If that future is dropped or panics, the permit goes back, and the
//! semaphore hands it to the caller that has waited longest, or to the next if that one has gone, too. When the value is
//! there, the semaphore is closed, which wakes all.
//!
//! What is left to do is the table: a key must be in it exactly as long as its load is in flight. So each caller has a
//! `Seat`, and when it leaves, in whatever way, it takes its key out if the value is there or nobody else waits for it.
//! The leader is the first to leave with the value, and not the last: that is the difference between a flight and a
//! cache. Who asks after the load has ended gets a new one, however slowly the others collect what the old one brought.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// The loads that are in flight, by key.
pub struct Flight<K, V> {
    /// Locked to look a key up, never while something is awaited, loaded, or a value dropped. Its memory stays what the most keys
    /// at the same time have needed.
    table: Mutex<HashMap<K, Load<V>>>,
}

/// One load, and for how many.
struct Load<V> {
    cell: Arc<OnceCell<V>>,
    /// Counted here and not by the `Arc`, so that leaving is one step under the lock.
    callers: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Flight<K, V> {
    /// Nothing in flight.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `key`: loaded by `load`, or by another caller's that is in flight already.
    ///
    /// Every caller gets a clone, so a `V` that is large belongs in an [`Arc`]. Errors are values, too: with a `Result`
    /// all who wait get the leader's error, and who comes after them tries again.
    ///
    /// The others go only as fast as the leader is polled, so put a time limit into `load`, and do not hold the future
    /// of a leader without polling it. A `load` that asks for its own key waits for itself.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost but the load: when a leader's future is dropped, or its `load` panics, the caller that has waited
    /// longest runs its own `load` from the beginning. Dropping any other future changes nothing for the rest.
    pub async fn load<F>(&self, key: K, load: impl FnOnce() -> F) -> V
    where
        F: Future<Output = V>,
    {
        let seat = self.join(key);
        seat.cell.get_or_init(load).await.clone()
    }

    /// How many keys are being loaded.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.lock().len()
    }

    /// Takes part in the load of `key`, or opens it.
    fn join(&self, key: K) -> Seat<'_, K, V> {
        // `callers` says how many have a seat
        todo!("a seat in the load of this key, or in a new one")
    }
}

impl<K, V> Flight<K, V> {
    /// A panic under the lock can only be one of `K`'s own methods; it leaves the table whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Load<V>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller's place in a load.
struct Seat<'a, K: Hash + Eq, V> {
    flight: &'a Flight<K, V>,
    key: K,
    cell: Arc<OnceCell<V>>,
}

impl<K: Hash + Eq, V> Drop for Seat<'_, K, V> {
    fn drop(&mut self) {
        // over is a load that has its value (`self.cell.initialized()`), or for which nobody waits any more
        // what is in the table under this key may be a later load: compare the cells with `Arc::ptr_eq`
        todo!("leave the load, and take it out of the table if it is over")
    }
}

impl<K, V> Default for Flight<K, V> {
    fn default() -> Self {
        Self { table: Mutex::default() }
    }
}

impl<K, V> fmt::Debug for Flight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").field("in_flight", &self.lock().len()).finish_non_exhaustive()
    }
}
