//! A rate limiter in shared memory: one limit for all workers of a host.
//!
//! # The algorithm
//!
//! GCRA, the generic cell rate algorithm of ITU-T I.371, in its form of virtual scheduling. A bucket is nothing but one
//! time: when the next request would come if all came evenly, one *interval* after the other. The recommendation calls it
//! the theoretical arrival time. A request may come earlier, by a *tolerance* of `burst - 1` intervals:
//!
//! ```text
//! admitted if   arrival <= now + tolerance
//! and then      arrival  = max(arrival, now) + interval
//! ```
//!
//! Nobody has to refill a bucket, since time goes on by itself, and a bucket fits into a word.
//!
//! # State
//!
//! Each slot is one word: its low 52 bits are the arrival, in ticks of 100 ns, and its high 12 bits are the *tag*, the same
//! bits of the key that was admitted last. A key has exactly one slot, `key % SLOTS`. There are no pointers, and every
//! pattern of bits is a limiter; all zeros is an empty one.
//!
//! # Never too many
//!
//! A slot changes only by compare-and-swap, and its arrival only grows. So its admissions have one order, over all
//! processes. Take `n` of them that follow each other, and call the times at which they came `first` and `last`. The
//! first one sets the arrival to at least `first + interval`, and each of the others adds at least an interval. The last
//! one sets it to at most `last + tolerance + interval`, which is `last + burst * interval`. So
//!
//! ```text
//! n <= burst + (last - first) / interval
//! ```
//!
//! Clocks may differ between processes, or go back: by as much `last - first` is longer than the time in which the
//! requests really came, and by no more. Nobody is refused who should not be: a word that was read late has an earlier
//! arrival than the current one, which refuses all the more.
//!
//! # Keys that share a slot
//!
//! An arrival that has passed says no more than an empty slot, so any key takes the slot over, and nothing is lost. One
//! that is still ahead counts for whoever comes: two keys then have one bucket. The inequality holds for both together,
//! so for each alone: sharing is stricter, never laxer. It is counted, which is all that the tag is for: it tells 4095 of
//! 4096 pairs of keys apart. Keys with different limits share badly, because a slow one moves the arrival far ahead: give
//! each limit a limiter of its own.
//!
//! Why not look for another slot, as a hash table does? Because two processes need not agree on which slots are vacant:
//! one has just run out, or a clock differs. Each would give the same key a bucket, and the limit would be doubled. To
//! move a bucket takes two words that change together. One slot a key is exact with one.
//!
//! A slot is busy only until its requests have paid for their intervals: at 100 requests a second, one request takes its
//! slot for 10 ms. So there need not be as many slots as clients, but several times as many as buckets that are busy at
//! the same time.
//!
//! # A process that is killed
//!
//! It has admitted its request or has not. There is nothing that it could leave half done, and nothing to give back.
//!
//! # Memory ordering
//!
//! Relaxed, all of it. A verdict depends on one word and says nothing about any other memory; and the changes of one word
//! have one order for everybody, whatever the ordering.

mod limit;

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::sync::AtomicU64;
use limit::{TIME_BITS, ticks};

pub use limit::{Limit, Verdict};

/// The bits of a slot that are the arrival, in ticks.
const TIME: u64 = (1 << TIME_BITS) - 1;

/// The bits of a slot and of a key that are the tag.
const TAG: u64 = !TIME;

/// Buckets for any number of keys.
///
/// It is `repr(C)` and all of it is atomic integers, so it may lie in memory that several processes map. There it begins
/// as zeros and needs no destructor.
#[repr(C)]
pub struct Limiter<const SLOTS: usize> {
    slots: [AtomicU64; SLOTS],
    shared: AtomicU64,
}

impl<const SLOTS: usize> Limiter<SLOTS> {
    /// Whether a request of `key` is admitted now.
    ///
    /// `key` is a hash, since its low bits choose the slot and its high ones are the tag. Hash with a secret that all
    /// processes have in common: whoever can choose keys can choose whose bucket to empty.
    ///
    /// `now` is the time since an epoch that all processes have in common. A duration and not an `Instant`, which means
    /// nothing in another process, and which a test cannot make up. `CLOCK_MONOTONIC` of clock_gettime(2) is one: the
    /// whole host has the same, it never goes back, and it begins at the boot.
    ///
    /// A refusal leaves the slot as it is and costs one load; an admission costs one load and one compare-and-swap, which fails
    /// only when another request of the slot has been admitted in between.
    ///
    /// # Panics
    ///
    /// The epoch is over 13 years ago, as that of Unix is: the arrival would not fit into its bits.
    #[inline]
    pub fn check(&self, key: u64, now: Duration, limit: &Limit) -> Verdict {
        let now = ticks(now);
        let slot = &self.slots[(key % SLOTS as u64) as usize];
        // ANCHOR: check
        // TASK: change the slot if the limit admits it, and say what was decided
        // STEP: `try_update` tries again when others were quicker; the word is the key's tag and the new arrival
        // STEP: count it in `shared`, once, when the bucket is in use by a key with another tag; a refused one, too
        let admit = |word| Some(key & TAG | limit.admit(word & TIME, now)?);
        let decided = slot.try_update(Relaxed, Relaxed, admit);
        let (Ok(word) | Err(word)) = decided;
        let arrival = word & TIME;
        if arrival > now && (word ^ key) & TAG != 0 {
            self.shared.fetch_add(1, Relaxed);
        }
        match decided {
            Ok(_) => limit.admitted(arrival, now),
            Err(_) => limit.refused(arrival, now),
        }
        // ANCHOR_END: check
    }

    /// How many checks have met a bucket that was in use by another key. When it grows, there are too few slots.
    #[must_use]
    pub fn shared(&self) -> u64 {
        self.shared.load(Relaxed)
    }
}

impl<const SLOTS: usize> Default for Limiter<SLOTS> {
    fn default() -> Self {
        let slots = std::array::from_fn(|_| AtomicU64::new(0));
        Self { slots, shared: AtomicU64::new(0) }
    }
}

impl<const SLOTS: usize> fmt::Debug for Limiter<SLOTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("shared", &self.shared()).finish_non_exhaustive()
    }
}
