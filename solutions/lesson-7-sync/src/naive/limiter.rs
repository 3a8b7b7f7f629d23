//! Token buckets in a map behind a lock: for one process only, and it never forgets a key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A bucket for each key that has ever come.
#[derive(Debug)]
pub struct Limiter {
    /// In tokens a second.
    rate: f64,
    burst: f64,
    /// How many tokens a bucket had, and when.
    buckets: Mutex<HashMap<u64, (f64, Duration)>>,
}

impl Limiter {
    /// `rate` requests a second, and `burst` of them at once.
    #[must_use]
    pub fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, buckets: Mutex::default() }
    }

    /// Whether a request of `key` is admitted now.
    #[inline]
    pub fn check(&self, key: u64, now: Duration) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, last) = buckets.entry(key).or_insert((self.burst, now));
        let earned = now.saturating_sub(*last).as_secs_f64() * self.rate;
        *tokens = (*tokens + earned).min(self.burst);
        *last = now;
        let admitted = *tokens >= 1.0;
        if admitted {
            *tokens -= 1.0;
        }
        admitted
    }
}
