//! What is allowed, and the arithmetic of one bucket. Nothing here is shared.
//!
//! Times are counted in ticks. An arrival is at most `now + burst * interval`, so the two bounds below are what keeps it
//! within its bits.

use std::time::Duration;

/// How long a tick is: short enough for ten million requests a second, long enough for 14 years in 52 bits.
const TICK: Duration = Duration::from_nanos(100);

/// How many ticks a second has.
const TICKS_A_SECOND: u64 = (Duration::from_secs(1).as_nanos() / TICK.as_nanos()) as u64;

/// How many bits an arrival has.
pub(super) const TIME_BITS: u32 = 52;

/// The longest time, in ticks, in which a bucket may become full again: 325 days.
const FILL_MAX: u64 = 1 << 48;

/// The latest `now`, in seconds since the epoch: 13 years.
const NOW_MAX: u64 = ((1 << TIME_BITS) - FILL_MAX) / TICKS_A_SECOND;

/// How many requests are admitted: at once, and in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Ticks from one request to the next in the long run. I.371 writes `T`.
    interval: u64,
    /// How many ticks too early a request may come. I.371 writes `τ`.
    tolerance: u64,
}

/// What a request gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on.
    Admitted {
        /// How many more would be admitted now.
        remaining: u32,
        /// After what time the whole burst would be admitted, if nobody else comes.
        reset: Duration,
    },
    /// It may not.
    Refused {
        /// After exactly what time it will be admitted, if nobody else comes: a tick of 100 ns earlier it is not.
        /// `Retry-After` has whole seconds (RFC 9110 §10.2.3): round up.
        retry_after: Duration,
        /// After what time the whole burst would be admitted, if nobody else comes.
        reset: Duration,
    },
}

impl Limit {
    /// `requests` in each `per`, and `burst` of them at once after a pause; a burst of 1 is none.
    ///
    /// The interval, `per / requests`, is rounded up to a tick of 100 ns: the limit is stricter than asked for by at most
    /// one part in 1000 at 10 000 requests a second, and exact where they divide.
    ///
    /// `None` when a number is zero, when the interval is less than a tick, or when a bucket would need more than 325
    /// days, `burst` intervals, to become full again.
    #[must_use]
    pub const fn new(requests: u32, per: Duration, burst: u32) -> Option<Self> {
        if requests == 0 || burst == 0 {
            return None;
        }
        let ticks_exact = requests as u128 * TICK.as_nanos();
        let interval = per.as_nanos().div_ceil(ticks_exact);
        if per.as_nanos() < ticks_exact || interval * burst as u128 > FILL_MAX as u128 {
            return None;
        }
        let interval = interval as u64;
        Some(Self { interval, tolerance: interval * (burst as u64 - 1) })
    }

    /// The bucket's next arrival, if a request that comes `now` is admitted.
    #[inline]
    pub(super) fn admit(&self, arrival: u64, now: u64) -> Option<u64> {
        // ANCHOR: admit
        // TASK: the two lines of the algorithm
        (arrival <= now + self.tolerance).then(|| arrival.max(now) + self.interval)
        // ANCHOR_END: admit
    }

    /// The verdict on a request that has come `now` and was admitted. `arrival` is what the slot had before.
    #[inline]
    pub(super) fn admitted(&self, arrival: u64, now: u64) -> Verdict {
        // ANCHOR: admitted
        // TASK: how many more now, and how long until the whole burst
        // STEP: after so many more, the arrival is at most `now + tolerance + interval`
        let next = arrival.max(now) + self.interval;
        let full = now + self.tolerance + self.interval;
        // Fewer than the burst, so they fit.
        let remaining = ((full - next) / self.interval) as u32;
        Verdict::Admitted { remaining, reset: duration(next - now) }
        // ANCHOR_END: admitted
    }

    /// The verdict on a request that has come `now` and was refused. `arrival` is what the slot has.
    #[inline]
    pub(super) fn refused(&self, arrival: u64, now: u64) -> Verdict {
        // ANCHOR: refused
        // TASK: how long until it would be admitted, and until the whole burst
        let reset = arrival - now;
        Verdict::Refused { retry_after: duration(reset - self.tolerance), reset: duration(reset) }
        // ANCHOR_END: refused
    }
}

/// How many whole ticks since the epoch.
#[inline]
pub(super) fn ticks(now: Duration) -> u64 {
    let seconds = now.as_secs();
    assert!(seconds < NOW_MAX, "the epoch is `{seconds}` s ago (take the boot or the start)");
    seconds * TICKS_A_SECOND + u64::from(now.subsec_nanos()) / TICK.as_nanos() as u64
}

#[inline]
fn duration(ticks: u64) -> Duration {
    Duration::from_nanos(ticks * TICK.as_nanos() as u64)
}
