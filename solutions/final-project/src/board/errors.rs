//! Errors in groups, for who looks: what happens a thousand times is one line with a number.
//!
//! # State
//!
//! A group belongs to a fingerprint, which is zero as long as the group is free. It has a text, and counts.
//!
//! # Protocol
//!
//! 1. Whoever notes an error looks for the group of its fingerprint. If there is none, it takes the first free one by a
//!    compare-and-swap from zero: of two that come with the same at once, the other one finds it taken, by the same.
//! 2. The one who has taken a group writes its text, and a sum over it. A text with a wrong sum is not shown: it is just
//!    being written, or its writer was killed.
//! 3. When all groups are taken, further ones are counted together, and not shown.
//!
//! Groups stay as long as the master. Nobody waits for anybody, and a process may be killed at any instruction.
//!
//! # Memory ordering
//!
//! All Relaxed: each word means something alone, but for the text, for which the sum stands.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use solution_4_processes::shared::{Cell, Plain};

use super::shelf::sum;

/// A word that can be taken by one of many.
pub trait Turn: Cell {
    /// Makes it `to` if it is `from`, and says whether it was.
    fn turn(&self, from: u64, to: u64) -> bool;
}

impl Turn for AtomicU64 {
    fn turn(&self, from: u64, to: u64) -> bool {
        self.compare_exchange(from, to, Relaxed, Relaxed).is_ok()
    }
}

/// `GROUPS` groups, each with a text of `WORDS` words.
#[derive(Debug)]
#[repr(C)]
pub struct Errors<const GROUPS: usize, const WORDS: usize, C = AtomicU64> {
    groups: [Group<WORDS, C>; GROUPS],
    /// Errors for which no group was left.
    others: C,
}

#[derive(Debug)]
#[repr(C)]
struct Group<const WORDS: usize, C> {
    fingerprint: C,
    count: C,
    first: C,
    last: C,
    told: C,
    sum: C,
    text: [C; WORDS],
}

// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl<const GROUPS: usize, const WORDS: usize> Plain for Errors<GROUPS, WORDS> {}

/// A group, as it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// By which it is known.
    pub fingerprint: u64,
    /// How often it happened.
    pub count: u64,
    /// When it happened first, in milliseconds.
    pub first: u64,
    /// And last.
    pub last: u64,
    /// What it is.
    pub text: String,
}

impl<const GROUPS: usize, const WORDS: usize, C: Turn> Errors<GROUPS, WORDS, C> {
    /// Counts an error that happens `now`, in milliseconds. Returns whether somebody should be told: the first time, and then
    /// when nobody has been for `quiet` milliseconds.
    pub fn note(&self, fingerprint: u64, text: &str, now: u64, quiet: u64) -> bool {
        let Some(group) = self.group(fingerprint, text, now) else {
            self.others.add(1, Relaxed);
            return false;
        };
        group.count.add(1, Relaxed);
        group.last.store(now, Relaxed);
        let told = group.told.load(Relaxed);
        // One of those who come at once.
        (told == 0 || now.saturating_sub(told) >= quiet) && group.told.turn(told, now)
    }

    fn group(&self, fingerprint: u64, text: &str, now: u64) -> Option<&Group<WORDS, C>> {
        for group in &self.groups {
            let its = group.fingerprint.load(Relaxed);
            if its == fingerprint {
                return Some(group);
            }
            if its == 0 {
                if group.fingerprint.turn(0, fingerprint) {
                    group.first.store(now, Relaxed);
                    group.write(text);
                    return Some(group);
                }
                if group.fingerprint.load(Relaxed) == fingerprint {
                    return Some(group);
                }
            }
        }
        None
    }

    /// All groups whose text is whole; the latest error first.
    pub fn all(&self) -> Vec<Seen> {
        let mut all: Vec<_> = self.groups.iter().filter_map(Group::read).collect();
        all.sort_by_key(|group| std::cmp::Reverse(group.last));
        all
    }

    /// How many errors there were, those without a group included.
    pub fn count(&self) -> u64 {
        let counts = self.groups.iter().map(|group| group.count.load(Relaxed));
        counts.sum::<u64>() + self.others.load(Relaxed)
    }
}

impl<const WORDS: usize, C: Cell> Group<WORDS, C> {
    /// As much of the text as there is room for.
    fn write(&self, text: &str) {
        let end = text.floor_char_boundary(WORDS * size_of::<u64>());
        let mut words = [0; WORDS];
        for (word, bytes) in words.iter_mut().zip(text.as_bytes()[..end].chunks(size_of::<u64>())) {
            let mut whole = [0; size_of::<u64>()];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_le_bytes(whole);
        }
        self.text.iter().zip(words).for_each(|(cell, word)| cell.store(word, Relaxed));
        self.sum.store(sum(self.fingerprint.load(Relaxed), &words), Relaxed);
    }

    fn read(&self) -> Option<Seen> {
        let fingerprint = self.fingerprint.load(Relaxed);
        let words = self.text.each_ref().map(|cell| cell.load(Relaxed));
        if fingerprint == 0 || self.sum.load(Relaxed) != sum(fingerprint, &words) {
            return None;
        }
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let text = String::from_utf8(bytes).ok()?.trim_end_matches('\0').to_owned();
        let [count, first, last] =
            [&self.count, &self.first, &self.last].map(|cell| cell.load(Relaxed));
        Some(Seen { fingerprint, count, first, last, text })
    }
}

impl<const GROUPS: usize, const WORDS: usize, C: Default> Default for Errors<GROUPS, WORDS, C> {
    fn default() -> Self {
        let group = || Group {
            fingerprint: C::default(),
            count: C::default(),
            first: C::default(),
            last: C::default(),
            told: C::default(),
            sum: C::default(),
            text: std::array::from_fn(|_| C::default()),
        };
        Self { groups: std::array::from_fn(|_| group()), others: C::default() }
    }
}
