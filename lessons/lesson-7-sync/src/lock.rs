#![allow(unused)] // delete when done
//! A mutex: it spins for a moment, then sleeps in the kernel.
//!
//! # State
//!
//! One word of 32 bits, because that is what the kernel's futex looks at.
//!
//! ```text
//!            lock                        somebody comes
//!   FREE ───────────▶ HELD ──────────────────────────────────▶ AWAITED
//!     ▲                 │ unlock                                  │ unlock, and wake one
//!     └─────────────────┴─────────────────────────────────────────┘
//! ```
//!
//! `AWAITED` means that somebody sleeps, or may be about to. Only then does an unlock ask the kernel to wake one, so a lock
//! for which nobody waits costs two atomic operations and no system call.
//!
//! # No wake-up is lost
//!
//! Who wants to sleep first swaps `AWAITED` in. If the lock was free, that has taken it. If not, `futex(2)` compares the
//! word with `AWAITED` once more, under the kernel's own lock for that word, and sleeps only if it still is: an unlock that
//! came in between has made it `FREE`, and the call returns at once.
//!
//! Who wakes cannot know whether others sleep, too, and so takes the lock as `AWAITED`. When nobody does, that costs one
//! needless system call at the next unlock. To take it as `HELD` would save it, and leave the others asleep for ever.
//!
//! # Memory ordering
//!
//! Each way to take the lock is an Acquire, and unlocking is a Release: what the one before has done with the value is
//! seen by the next. All changes are read-modify-writes, which continue the release sequence.
//!
//! # Not fair
//!
//! A thread that unlocks and locks again at once is quicker than the one that it has woken, which must be scheduled first.
//! That is on purpose. To hand the lock to the one that sleeps would be fair, and leave it unused until that one runs; with
//! two threads that want it all the time, each turn would then cost a switch.
//!
//! # Not poisoned
//!
//! A panic unlocks like any other way out. What the value looks like then is the business of who shares it.

use std::fmt;
use std::hint;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::{Futex, UnsafeCell};

const FREE: u32 = 0;
const HELD: u32 = 1;
const AWAITED: u32 = 2;

/// How often a thread looks before it sleeps. It should take about as long as what most hold a lock for; to sleep and be
/// woken costs more than a hundred times as much.
const SPINS: usize = if cfg!(feature = "loom") { 1 } else { 100 };

/// A value that one thread at a time has.
pub struct Lock<T> {
    state: Futex,
    value: UnsafeCell<T>,
}

// SAFETY: The value is reached through a guard alone, and there is one guard at a time. So it goes from thread to thread
// and is never with two (`T: Send`).
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A lock that is free.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { state: Futex::new(FREE), value: UnsafeCell::new(value) }
    }

    /// Waits until nobody else has the value. Who has it already waits for ever.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        self.try_lock().unwrap_or_else(|| self.wait())
    }

    /// The value, if nobody has it.
    #[inline]
    pub fn try_lock(&self) -> Option<Guard<'_, T>> {
        todo!("from `FREE` to `HELD`, in one step")
    }

    #[cold]
    fn wait(&self) -> Guard<'_, T> {
        // look with a load, and try only when it is free; `hint::spin_loop()` tells the processor what this is
        // who sleeps has left word before: `AWAITED`; `wait_while(AWAITED)` sleeps only if that is still so
        todo!("look `SPINS` times, then sleep until the lock is yours")
    }
}

/// The value, for one thread. It is free again when this is dropped.
#[must_use = "the lock is free again as soon as this is dropped"]
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

// SAFETY: `&Guard` lends `&T` and nothing else. (That a guard may go to another thread with `T: Send` follows from `Lock`
// being `Sync`: a futex may be freed by any thread.)
unsafe impl<T: Sync> Sync for Guard<'_, T> {}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: There is one guard, this one, and it is borrowed.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: There is one guard, this one, and it is borrowed exclusively.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        todo!("free, and if somebody waits, wake one")
    }
}

impl<T: fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(guard) => f.debug_struct("Lock").field("value", &*guard).finish(),
            None => f.debug_struct("Lock").field("value", &format_args!("<locked>")).finish(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
