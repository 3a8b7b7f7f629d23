//! The last things that happened, for who looks: a ring of records in shared memory, into which all workers write.
//!
//! # Protocol
//!
//! A writer takes the next number, and with it a slot. It writes the words, then a sum over them and the number. Nobody waits
//! for anybody. Two writers are in the same slot only when one has stopped in the middle for a whole round, or was killed;
//! then the words may be of both.
//!
//! A reader takes a slot's words and looks whether the sum is theirs. What was half written, is just being written, or is of
//! two writers has a wrong sum, and is left out. It will never be missed: these are for looking at, and others follow.
//!
//! # Memory ordering
//!
//! All Relaxed. A reader believes only the sum, whatever the order in which words become visible.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use solution_4_processes::shared::{Cell, Plain};

/// `SLOTS` records of `WORDS` words.
#[derive(Debug)]
#[repr(C)]
pub struct Shelf<const SLOTS: usize, const WORDS: usize, C = AtomicU64> {
    /// The number of the next record.
    next: C,
    slots: [Slot<WORDS, C>; SLOTS],
}

#[derive(Debug)]
#[repr(C)]
struct Slot<const WORDS: usize, C> {
    sum: C,
    number: C,
    words: [C; WORDS],
}

// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl<const SLOTS: usize, const WORDS: usize> Plain for Shelf<SLOTS, WORDS> {}

impl<const SLOTS: usize, const WORDS: usize, C: Cell> Shelf<SLOTS, WORDS, C> {
    /// Puts one there, in the place of the oldest.
    pub fn put(&self, words: &[u64; WORDS]) {
        // From 1: a slot that was never written has number 0 and no right sum.
        let number = self.next.add(1, Relaxed) + 1;
        let slot = &self.slots[number as usize % SLOTS];
        slot.number.store(number, Relaxed);
        slot.words.iter().zip(words).for_each(|(word, &value)| word.store(value, Relaxed));
        slot.sum.store(sum(number, words), Relaxed);
    }

    /// Those that are whole, the latest first.
    pub fn all(&self) -> Vec<[u64; WORDS]> {
        let mut all: Vec<_> = self.slots.iter().filter_map(Slot::read).collect();
        all.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        all.into_iter().map(|(_, words)| words).collect()
    }

    /// How many have ever been put there.
    pub fn count(&self) -> u64 {
        self.next.load(Relaxed)
    }
}

impl<const WORDS: usize, C: Cell> Slot<WORDS, C> {
    fn read(&self) -> Option<(u64, [u64; WORDS])> {
        let number = self.number.load(Relaxed);
        let words = self.words.each_ref().map(|word| word.load(Relaxed));
        (number > 0 && self.sum.load(Relaxed) == sum(number, &words)).then_some((number, words))
    }
}

/// Each word is stirred in with where it stands (as in the mixer of `splitmix64`), so that words of two records do not go
/// together by chance.
fn sum(number: u64, words: &[u64]) -> u64 {
    words.iter().fold(number, |so_far, &word| {
        let mixed = (so_far ^ word).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 29).wrapping_add(0x9e37_79b9_7f4a_7c15)
    })
}

impl<const SLOTS: usize, const WORDS: usize, C: Default> Default for Shelf<SLOTS, WORDS, C> {
    fn default() -> Self {
        let slot = || Slot {
            sum: C::default(),
            number: C::default(),
            words: std::array::from_fn(|_| C::default()),
        };
        Self { next: C::default(), slots: std::array::from_fn(|_| slot()) }
    }
}
