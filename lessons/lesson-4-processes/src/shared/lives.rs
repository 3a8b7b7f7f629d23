//! A place for each life of a worker, and totals that outlive it.
//!
//! # State
//!
//! Each life writes into a place of its own, so that no two processes write the same cache line.
//! When it has ended, the master, and only the master, *folds* the place: it adds what it holds to
//! the totals and clears it for another life. The sum over totals and places is at every moment what
//! all lives have counted, except during a fold, when something is in both or in neither.
//!
//! # Protocol
//!
//! A reader must not see a fold half done. The fold is numbered, as in a seqlock:
//!
//! 1. The master makes `folds` odd, folds, and makes it even again.
//! 2. A reader reads `folds` (odd: try again), then all numbers, then `folds` again (changed: try again).
//!
//! Workers are not part of this: they go on counting while somebody reads, and a read is as exact as
//! the moment at which it reads each word.
//!
//! # Memory ordering
//!
//! - `fold`: the store of the odd number, then a Release fence, then the words. A reader that sees one of those words
//!   sees, behind its Acquire fence, at least that odd number, and tries again.
//! - `fold`: the even number is stored with Release. A reader that loads it with Acquire sees all words of that fold.
//!
//! A master that is killed in a fold leaves an odd number. Its workers end with it, so that only a
//! reader of the last moments gives up after some tries.

use std::hint;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::cell::Cell;
use super::region::Plain;

/// How often a reader tries: a fold takes some microseconds, and a reader is not in a hurry.
const TRIES: usize = 1000;

/// Numbers that can be added to others of their kind.
pub trait Tally {
    /// Adds what `other` holds.
    fn add(&self, other: &Self);
    /// Back to nothing.
    fn clear(&self);
}

/// Which place.
pub type Place = usize;

/// Totals, and the places of `N` lives.
#[derive(Debug)]
#[repr(C)]
pub struct Lives<T, const N: usize, C = AtomicU64> {
    /// Odd while a place is folded.
    folds: C,
    /// How many places have ever been used, so that a reader touches no others: to read a page of shared memory is to
    /// take it.
    used: C,
    totals: T,
    places: [T; N],
}

// SAFETY: `repr(C)`, and all of it is plain.
unsafe impl<T: Plain, const N: usize> Plain for Lives<T, N> {}

impl<T: Tally, const N: usize, C: Cell> Lives<T, N, C> {
    /// Makes ready the place of a life that begins. Only the master calls this, before it starts the worker.
    ///
    /// # Panics
    ///
    /// There is no such place.
    pub fn begin(&self, place: Place) {
        assert!(place < N, "place `{place}` of {N}");
        let used = self.used.load(Relaxed).max(place as u64 + 1);
        self.used.store(used, Relaxed);
    }

    /// Where the life in `place` counts.
    ///
    /// # Panics
    ///
    /// There is no such place.
    #[inline]
    pub fn place(&self, place: Place) -> &T {
        &self.places[place]
    }

    /// Adds what an ended life has counted to the totals, and clears its place. Only the master calls
    /// this, when nobody writes there any more.
    pub fn fold(&self, place: Place) {
        let before = self.folds.load(Relaxed);
        self.folds.store(before + 1, Relaxed);
        // Release pairs with the Acquire fence in `sum`.
        C::fence(Release);
        self.totals.add(&self.places[place]);
        self.places[place].clear();
        // Release pairs with the Acquire load in `sum`.
        self.folds.store(before + 2, Release);
    }

    /// Adds up all lives, ended and not, into `sum`, which should be empty.
    ///
    /// Returns whether the sum is whole: not when folds were in the way each time, or a master has
    /// died in the middle of one. Then `sum` is empty.
    #[must_use]
    pub fn sum(&self, sum: &T) -> bool {
        self.sum_within(sum, TRIES)
    }

    /// As [`Lives::sum`], with so many tries.
    #[must_use]
    pub fn sum_within(&self, sum: &T, tries: usize) -> bool {
        for _ in 0..tries {
            // Acquire pairs with the Release store in `fold`.
            let before = self.folds.load(Acquire);
            if before.is_multiple_of(2) {
                self.add_up(sum);
                // Acquire pairs with the Release fence in `fold`.
                C::fence(Acquire);
                if self.folds.load(Relaxed) == before {
                    return true;
                }
                sum.clear();
            }
            hint::spin_loop();
        }
        false
    }

    fn add_up(&self, sum: &T) {
        sum.add(&self.totals);
        let used = self.used.load(Relaxed) as usize;
        self.places.iter().take(used).for_each(|place| sum.add(place));
    }
}

impl<T: Default, const N: usize, C: Default> Default for Lives<T, N, C> {
    fn default() -> Self {
        let places = std::array::from_fn(|_| T::default());
        Self { folds: C::default(), used: C::default(), totals: T::default(), places }
    }
}
