//! What was counted.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies up to here are told apart; longer ones count as this.
const LATENCY_MAX: Duration = Duration::from_secs(120);

/// Latencies in nanoseconds, with three digits.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Default for Latencies {
    fn default() -> Self {
        let max = u64::try_from(LATENCY_MAX.as_nanos()).expect("two minutes");
        Self(Histogram::new_with_bounds(100, max, 3).expect("the bounds are in order"))
    }
}

impl Latencies {
    /// Adds one.
    pub fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("both have the same bounds");
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The smallest that so many of a hundred do not exceed; zero when there are none.
    #[must_use]
    pub fn percentile(&self, percentile: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_percentile(percentile))
    }

    /// The mean; zero when there are none.
    #[must_use]
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.0.mean() as u64)
    }

    /// The longest; zero when there are none.
    #[must_use]
    pub fn max(&self) -> Duration {
        if self.count() == 0 { Duration::ZERO } else { Duration::from_nanos(self.0.max()) }
    }
}

/// Requests without a right answer, by what went wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// No connection was made.
    pub connect: u64,
    /// The connection ended or broke while answers were awaited.
    pub broken: u64,
    /// No answer came in time.
    pub timeout: u64,
    /// Another status.
    pub status: u64,
    /// Another body.
    pub body: u64,
    /// No HTTP.
    pub malformed: u64,
}

impl Failures {
    /// All of them.
    #[must_use]
    pub fn sum(&self) -> u64 {
        let Self { connect, broken, timeout, status, body, malformed } = self;
        connect + broken + timeout + status + body + malformed
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        self.connect += other.connect;
        self.broken += other.broken;
        self.timeout += other.timeout;
        self.status += other.status;
        self.body += other.body;
        self.malformed += other.malformed;
    }
}

/// What one thread has counted since it was asked last, or all of them in all.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// From a request to the end of its answer.
    pub latencies: Latencies,
    /// Requests without a right answer.
    pub failures: Failures,
    /// Bytes of right answers.
    pub bytes: u64,
    /// Connections that were made.
    pub connected: u64,
    /// Open loop: how much later than asked the timer woke us.
    pub late: Latencies,
    /// Open loop: requests that were due before a connection was free for them.
    pub waited: u64,
    /// When the last right answer came.
    pub last: Option<Instant>,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.latencies.add(&other.latencies);
        self.failures.add(&other.failures);
        self.bytes += other.bytes;
        self.connected += other.connected;
        self.late.add(&other.late);
        self.waited += other.waited;
        self.last = self.last.max(other.last);
    }
}

/// A second of the run, or what is left of one at its end.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Moment {
    /// From the beginning of the measurement to this one's end.
    pub at_seconds: f64,
    /// How long it is.
    pub seconds: f64,
    /// Right answers.
    pub answers: u64,
    /// Requests without one.
    pub failures: u64,
    /// Median latency in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// The longest, in milliseconds.
    pub max_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_what_was_recorded() {
        let mut latencies = Latencies::default();
        assert_eq!((latencies.max(), latencies.percentile(99.0)), (Duration::ZERO, Duration::ZERO));
        for millis in 1..=100 {
            latencies.record(Duration::from_millis(millis));
        }
        let near =
            |found: Duration, millis: f64| (found.as_secs_f64() * 1e3 / millis - 1.0).abs() < 0.002;
        assert!(near(latencies.percentile(50.0), 50.0));
        assert!(near(latencies.percentile(99.0), 99.0));
        assert!(near(latencies.max(), 100.0));
        latencies.record(Duration::from_secs(1_000_000));
        assert!(near(latencies.max(), 120_000.0));
        let mut sum = latencies.clone();
        sum.add(&latencies);
        assert_eq!(sum.count(), 202);
    }
}
