//! The time of a round trip, and exact percentiles of many.
//!
//! A mean hides the slow ones: nine exchanges of 1 ms and one of 101 ms have a mean of 11 ms, which
//! none of them took.

use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// Durations in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    ascending: Vec<Duration>,
}

impl Samples {
    /// Takes durations in any order.
    #[must_use]
    pub fn new(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self { ascending: durations }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ascending.len()
    }

    /// The smallest sample that at least `percent` % of all samples do not exceed: the nearest-rank
    /// percentile, always one of the samples. `None` when there are no samples; 0 % is the
    /// smallest.
    ///
    /// # Panics
    ///
    /// When `percent` is not within 0 to 100.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        assert!((0.0..=100.0).contains(&percent), "percent {percent} is not within 0 to 100");
        // ANCHOR: percentile
        // TASK: find the rank, from 1 to the number of samples, and return the sample that has it
        // Multiplied first: 7 / 100 * 100 is 7.000000000000001, and its ceiling 8.
        let rank = (percent * self.ascending.len() as f64 / 100.0).ceil() as usize;
        self.ascending.get(rank.saturating_sub(1)).copied()
        // ANCHOR_END: percentile
    }
}

/// Sends `ping` and waits until as many bytes have come back, `rounds` times, one after the other.
/// A sample is the time from just before the first byte is handed to the stream until the last one
/// has come back.
///
/// `now` is the clock, and is asked twice a round, at these two moments: [`Instant::now`] outside of tests.
///
/// # Errors
///
/// Whatever the stream reports; [`ErrorKind::UnexpectedEof`] when it ends inside a round, and
/// [`ErrorKind::InvalidData`] when other bytes come back.
pub fn ping_pong<S: Read + Write>(
    stream: &mut S,
    ping: &[u8],
    rounds: usize,
    mut now: impl FnMut() -> Instant,
) -> io::Result<Samples> {
    // ANCHOR: ping_pong
    // TASK: time each exchange, check what came back, and collect the durations
    let mut durations = Vec::with_capacity(rounds);
    let mut pong = vec![0; ping.len()];
    for _ in 0..rounds {
        let sent = now();
        stream.write_all(ping)?;
        stream.read_exact(&mut pong)?;
        durations.push(now() - sent);
        if pong != ping {
            return Err(ErrorKind::InvalidData.into());
        }
    }
    Ok(Samples::new(durations))
    // ANCHOR_END: ping_pong
}
