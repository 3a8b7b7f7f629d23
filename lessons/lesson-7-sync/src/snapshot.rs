#![allow(unused)] // delete when done
//! A value that readers never wait for: certificates, a log file, settings.
//!
//! # State
//!
//! A few slots, each empty or with one value. `current` packs the number of the current slot, in its low bits, and how
//! often it has been loaded since it became current, above them. Each slot has a `balance`: the loads that a writer has
//! counted minus the guards that are gone. `vacancies` knows which slots are vacant: empty, and with a balance of zero.
//!
//! # Protocol
//!
//! 1. A reader adds one load to `current`. What was there before names the slot: that is the guard. Number and count
//!    are one word, so no writer can come between finding the slot and holding it.
//! 2. A guard that goes takes one from the balance of its slot, whether the slot is still current or not.
//! 3. A writer takes a vacant slot, writes the value into it, and exchanges `current` for its number and zero loads. The
//!    slot that was current is *retired*: it can no longer be loaded, and the exchange says how often it was.
//! 4. The writer adds these loads to the balance of the retired slot.
//! 5. Whoever brings a balance to zero in step 2 or 4 takes the value out, gives the slot back, and drops the value.
//!
//! # Exactly one lets go, and nobody too early
//!
//! Call a slot's loads `n`. Until step 4 its balance goes from 0 only down, so no step 2 can bring it to zero: the first
//! makes it −1. After step 4 it is `n` minus the guards that are gone, which is the number of guards that are left, and
//! goes only down again. So it becomes zero once: in step 4 if no guard is left, which includes `n = 0`, else when the
//! last one goes. In both cases no guard is left, and there will be none, because the slot is not current.
//!
//! # Who may touch a slot's value
//!
//! - The writer that has taken the slot from `vacancies`, alone, until the exchange of step 3. Writers exclude each other
//!   only while they choose a slot: from there on each has one of its own, and retires another.
//! - From the exchange on its guards, who read, each between its own steps 1 and 2.
//! - Who has made the balance zero, alone, until it gives the slot back.
//!
//! # Memory ordering
//!
//! | | pairs with | so that |
//! | --- | --- | --- |
//! | step 3's exchange, Release | step 1's addition, Acquire | the value is written before it is read |
//! | | step 5's fence, Acquire | it is written before the next writer, which finds no guard, takes it out |
//! | steps 2 and 4, Release | step 5's fence, Acquire | every guard has read for the last time before the value is taken out |
//! | giving back | taking | the slot is empty before it is written again; see `vacancies` |
//!
//! Both words change only by read-modify-writes, which continue a release sequence: an Acquire that reads a later value
//! pairs all the same. Step 4 would need no Release: its writer has not touched the value.
//!
//! # Limits
//!
//! A count of 62 bits is full when one value has been loaded 2^62 times: 146 years at one load a nanosecond, and an
//! atomic addition takes longer. A forgotten guard (`mem::forget`) is one that never goes: its value stays until the
//! [`Snapshot`] is dropped, and its slot is lost. A destructor that panics does so when its slot is vacant already, in
//! whoever let go last; nothing else happens.

mod vacancies;

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::Ordering::{Acquire, Release};

use self::vacancies::Vacancies;
use crate::sync::{Apart, AtomicI64, AtomicU64, UnsafeCell, fence};

/// How many values there can be at the same time: the current one, and those that were replaced and are still held.
///
/// A power of two, so that the count in `current` ends where its word ends.
pub const SLOTS: usize = 4;
const _: () = assert!(SLOTS.is_power_of_two());

/// What one load adds to `current`: the number of the slot lies in the bits below.
const LOAD: u64 = SLOTS as u64;

/// A value that many threads read while now and then one replaces it.
///
/// Reading costs two atomic additions, whatever writers do: one in [`load`](Self::load), one when the guard goes.
pub struct Snapshot<T> {
    /// Apart, as are the balances: every load writes to it, and must not take the values out of the others' caches.
    current: Apart<AtomicU64>,
    slots: [Slot<T>; SLOTS],
    vacancies: Vacancies,
}

struct Slot<T> {
    balance: Apart<AtomicI64>,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: The module's documentation says who touches a value when: `&T` is had by many threads (`T: Sync`), and a value
// made on one thread may be dropped on another (`T: Send`). Everything else is atomic or locked.
unsafe impl<T: Send + Sync> Sync for Snapshot<T> {}

impl<T: Send + Sync> Snapshot<T> {
    /// Begins with `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        let mut value = Some(value);
        let slot =
            |_| Slot { balance: Apart(AtomicI64::new(0)), value: UnsafeCell::new(value.take()) };
        Self {
            slots: std::array::from_fn(slot),
            current: Apart(AtomicU64::new(0)),
            vacancies: Vacancies::all_but_first(SLOTS),
        }
    }

    /// The value as it is now. It stays as it is until the guard goes, whoever replaces it meanwhile.
    ///
    /// Wait-free, where an atomic addition is: on x86-64, and on Arm from version 8.1 on.
    ///
    /// Hold the guard for a request, not for a connection: the number of [`SLOTS`] is how many generations can be held.
    ///
    /// # Memory ordering
    ///
    /// What a writer did before [`replace`](Self::replace) happens before a load that sees its value.
    #[inline]
    pub fn load(&self) -> Guard<'_, T> {
        todo!("count one load, and find out of which slot, in one step")
    }

    /// Puts `value` in the place of the current one, which is dropped by whoever lets go of it last: here, if nobody
    /// holds it. Of writers at the same time, the last one's value stays.
    ///
    /// Sleeps while all other slots are held, until a guard vacates one. A thread that itself holds guards of
    /// [`SLOTS`]` - 1` replaced values waits for ever.
    pub fn replace(&self, value: T) {
        let index = self.vacancies.take();
        self.slots[index].value.with_mut(|vacant| {
            // SAFETY: `vacancies` gave the slot to us alone, and no guard has it before the exchange makes it current.
            unsafe { *vacant = Some(value) }
        });
        // `slot` and `loads` take a word of `current` apart
        todo!("make the slot current, and settle the one that was")
    }
}

impl<T> Snapshot<T> {
    /// Adds `change` to the balance of a slot. Zero: nobody has its value any more.
    #[inline]
    fn settle(&self, index: usize, change: i64) {
        todo!("change the balance, and let go when it has become zero by that")
    }

    /// Empties a slot whose balance has become zero.
    #[cold]
    fn let_go(&self, index: usize) {
        // Acquire pairs with the Release of all who have settled: they have read for the last time. For a writer that
        // found no guard it also pairs with the Release of the writer before: the value has been written.
        fence(Acquire);
        let value = self.slots[index].value.with_mut(|value| {
            // SAFETY: The balance becomes zero once a generation, when no guard is left and none can come. The slot is
            // ours alone until we give it back.
            unsafe { (*value).take() }
        });
        self.vacancies.give_back(index);
        // Last, because it is the caller's code: it may take its time, panic, or replace.
        drop(value);
    }
}

/// The slot that a word of `current` names.
#[inline]
fn slot(word: u64) -> usize {
    (word % LOAD) as usize
}

/// The loads that a word of `current` counts.
#[inline]
fn loads(word: u64) -> i64 {
    (word / LOAD) as i64
}

/// A value that stays as it is until this goes, which is one atomic addition. The last guard of a value that has been
/// replaced drops the value, too.
#[must_use = "the value may be gone as soon as the guard is"]
pub struct Guard<'a, T> {
    snapshot: &'a Snapshot<T>,
    index: usize,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let value = self.snapshot.slots[self.index].value.with(|value| {
            // SAFETY: The slot was current when this guard was counted, and its balance cannot become zero before this
            // guard goes: nobody writes to it.
            unsafe { &*value }
        });
        value.as_ref().expect("a slot that is current or held has a value")
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.snapshot.settle(self.index, -1);
    }
}

impl<T: fmt::Debug + Send + Sync> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Snapshot").field(&*self.load()).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
