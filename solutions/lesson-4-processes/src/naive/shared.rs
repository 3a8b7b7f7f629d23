//! One histogram behind a lock, for everybody.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many latencies there were of each microsecond.
#[derive(Debug, Default)]
pub struct Latencies(Mutex<BTreeMap<u128, u64>>);

impl Latencies {
    /// Counts one.
    #[inline]
    pub fn record(&self, latency: Duration) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(latency.as_micros()).or_default() += 1;
    }
}
