//! Which slots are vacant, and how a writer waits when none is.
//!
//! One word has a bit for each slot that is vacant, and one that says that a writer waits. Readers set a slot's bit and
//! see in the same step whether somebody must be woken. Only then do they take the writers' lock: the writer that has
//! found nothing keeps it until it sleeps, so a reader that has the lock cannot notify too early.
//!
//! Nobody sleeps for ever: a writer sleeps only after it has set `AWAITED` in a word without a vacant slot. The bit goes
//! only together with a notification of all who sleep, under the lock. So the next reader that vacates a slot finds the
//! bit, or the writer has been woken meanwhile and has looked again.

use std::sync::PoisonError;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::{AtomicU64, Condvar, Mutex, MutexGuard};

/// A writer sleeps, or is about to.
const AWAITED: u64 = 1 << 63;

/// The vacant slots.
pub(super) struct Vacancies {
    word: AtomicU64,
    /// Held while a writer chooses. Slots' bits are cleared only then, so one that a writer sees is still set.
    writer: Mutex<()>,
    vacated: Condvar,
}

impl Vacancies {
    /// Of `slots` slots, all but the first are vacant.
    pub(super) fn all_but_first(slots: usize) -> Self {
        Self {
            word: AtomicU64::new((1 << slots) - 2),
            writer: Mutex::new(()),
            vacated: Condvar::new(),
        }
    }

    /// Takes a vacant slot. Sleeps while there is none.
    pub(super) fn take(&self) -> usize {
        let mut writing = self.lock();
        loop {
            // Acquire pairs with `give_back`'s Release: the slot is empty.
            let mut vacant = self.word.load(Acquire) & !AWAITED;
            if vacant == 0 {
                vacant = self.word.fetch_or(AWAITED, Acquire) & !AWAITED;
            }
            if vacant != 0 {
                let index = vacant.trailing_zeros();
                self.word.fetch_and(!(1 << index), Relaxed);
                return index as usize;
            }
            writing = self.vacated.wait(writing).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Makes a slot vacant. Waits for nobody, except to wake a writer that sleeps.
    pub(super) fn give_back(&self, index: usize) {
        // Release pairs with `take`'s Acquire.
        if self.word.fetch_or(1 << index, Release) & AWAITED != 0 {
            let _writing = self.lock();
            self.word.fetch_and(!AWAITED, Relaxed);
            self.vacated.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
