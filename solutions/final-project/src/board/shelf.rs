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

/// What came before is mixed before a word is put to it. Were it not, or were the word mixed in the same way, record 1 with
/// words of 1 and record 2 with words of 2 would come to the same in the middle, and half of each to a right sum.
pub(super) fn sum(number: u64, words: &[u64]) -> u64 {
    words.iter().fold(mixed(number), |so_far, &word| mixed(so_far ^ word))
}

/// The mixer of `splitmix64`.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
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
