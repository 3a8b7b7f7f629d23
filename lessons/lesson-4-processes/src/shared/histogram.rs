//! Latencies in buckets that grow with them.
//!
//! Each power of two is cut into 32 buckets of equal width, so a bucket is never wider than a 32nd
//! of the values in it. What comes out is a bucket's largest value: at most 1/32, 3.2 %, too large,
//! and never too small, which is the side on which a promise about latency should err.
//!
//! ```text
//! 0  1  2 … 31 | 32 33 … 63 | 64 66 … 126 | 128 132 … 252 | …
//!   width 1    |  width 1   |   width 2   |    width 4    |
//! ```

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::cell::Cell;

/// Buckets for each power of two, and the bits that tell them apart.
const FINE: usize = 1 << FINE_BITS;
const FINE_BITS: u32 = 5;
/// Values are nanoseconds below 2^36, 69 seconds; longer ones count as that.
const BITS: u32 = 36;
const BUCKETS: usize = (BITS - FINE_BITS + 1) as usize * FINE;

/// How many values there were of each size. 8 KiB; all zero is empty.
///
/// It begins at a cache line and fills its last one, so that two that lie side by side have none in common.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Histogram<C = AtomicU64> {
    buckets: [C; BUCKETS],
    /// For the mean, which buckets would blur.
    nanoseconds: C,
}

impl<C: Cell> Histogram<C> {
    /// Counts one value.
    #[inline]
    pub fn record(&self, latency: Duration) {
        // what does not fit into `BITS` counts as the longest that does
        todo!("count it in its bucket, and add it to the sum")
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// All values together.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Relaxed))
    }

    /// How many values are at most `latency`, as exactly as the buckets allow: the whole bucket in
    /// which it lies counts.
    pub fn at_most(&self, latency: Duration) -> u64 {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        let last = bucket(nanoseconds.min((1 << BITS) - 1));
        self.buckets[..=last].iter().map(|bucket| bucket.load(Relaxed)).sum()
    }

    /// The value below or at which a share of `quantile` (0 to 1) lies, or `None` when there are no
    /// values.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        // the rank counts from 1: `quantile * count`, rounded up; 0 means the smallest value, too
        todo!("find the bucket in which the rank lies, and return its largest value")
    }

    /// Adds what another histogram counted.
    pub fn add(&self, other: &Self) {
        for (mine, others) in self.cells().zip(other.cells()) {
            let count = others.load(Relaxed);
            // Most buckets are empty, and a page that nobody writes takes no memory.
            if count > 0 {
                mine.add(count, Relaxed);
            }
        }
    }

    /// Takes away what `earlier` had, which was this one, or what it was added up from.
    pub fn subtract(&self, earlier: &Self) {
        for (mine, its) in self.cells().zip(earlier.cells()) {
            // Somebody may have counted while `earlier` was taken.
            mine.store(mine.load(Relaxed).saturating_sub(its.load(Relaxed)), Relaxed);
        }
    }

    /// Back to empty.
    pub fn clear(&self) {
        for cell in self.cells().filter(|cell| cell.load(Relaxed) > 0) {
            cell.store(0, Relaxed);
        }
    }

    fn cells(&self) -> impl Iterator<Item = &C> {
        self.buckets.iter().chain([&self.nanoseconds])
    }
}

impl<C: Default> Default for Histogram<C> {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| C::default()), nanoseconds: C::default() }
    }
}

/// The bucket of a value.
#[inline]
fn bucket(value: u64) -> usize {
    todo!("the power of two, and which of its 32 parts: without a loop, a table or a division")
}

/// The largest value of a bucket.
fn largest(bucket: usize) -> u64 {
    let octave = (bucket / FINE).saturating_sub(1);
    let first = ((bucket - octave * FINE) as u64) << octave;
    first + (1 << octave) - 1
}
