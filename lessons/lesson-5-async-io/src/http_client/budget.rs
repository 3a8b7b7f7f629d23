//! How often something is sent again, and how soon.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::options::Retries;

/// A bucket of tokens. Time plays no part in it: what flows in are requests, so what flows out is a share of them however
/// many there are.
pub(super) struct Budget {
    /// In hundredths of a repetition.
    balance: Cell<u64>,
    options: Retries,
}

/// A repetition, in the unit of the balance.
const WHOLE: u64 = 100;

impl Budget {
    pub(super) fn new(options: Retries) -> Self {
        Self { balance: Cell::new(u64::from(options.reserve) * WHOLE), options }
    }

    /// A request pays in.
    pub(super) fn deposit(&self) {
        let full = u64::from(self.options.reserve) * WHOLE;
        todo!("add `share_percent`, up to the reserve")
    }

    /// Whether something may be sent again. If so, it is paid for.
    pub(super) fn withdraw(&self) -> bool {
        todo!("take a whole repetition off the balance, if there is one")
    }
}

/// The pause after the first attempt is at most this. It doubles with each further one.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// No pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Pauses by chance, between nothing and twice as much each time ("full jitter", M. Brooker, *Exponential Backoff And
/// Jitter*, 2015): what failed at the same time does not come back at the same time.
#[derive(Default)]
pub(super) struct BackOff {
    /// A hash function with a key by chance makes numbers by chance out of 1, 2, 3: good enough for this.
    random: RandomState,
    drawn: Cell<u64>,
}

impl BackOff {
    /// The pause after so many attempts, from 1 on.
    pub(super) fn pause(&self, attempts: u32) -> Duration {
        self.drawn.set(self.drawn.get() + 1);
        let chance = self.random.hash_one(self.drawn.get()) as f64 / u64::MAX as f64;
        let longest = PAUSE_MIN.saturating_mul(1 << (attempts - 1).min(16));
        longest.min(PAUSE_MAX).mul_f64(chance)
    }
}
