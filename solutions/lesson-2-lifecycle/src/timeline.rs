//! Where the time of a request goes.
//!
//! A timeline keeps one mark, the instant up to which all time has been given away. [`Timeline::finish`] gives what has
//! passed since to the stage that ends, and moves the mark. Every nanosecond goes to one stage, none to two, so the
//! stages add up to the whole by construction: there is no second clock reading that could disagree.
//!
//! It is left on for every request, so it costs one reading of the clock and one addition a stage, and no allocation.
//! The clock is an argument: one reading can serve a time-out too, and a test needs no clock.

use std::time::{Duration, Instant};

/// A stretch of a request's life, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The bytes of the head, from the socket.
    Read,
    /// Bytes to a request.
    Parse,
    /// A path to a handler.
    Route,
    /// A body to a record that obeys the rules.
    Validate,
    /// Waiting for caches and the database.
    Query,
    /// The handler's own work.
    Handle,
    /// An answer to bytes.
    Serialize,
    /// The bytes to the socket.
    Write,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::Parse,
        Self::Route,
        Self::Validate,
        Self::Query,
        Self::Handle,
        Self::Serialize,
        Self::Write,
    ];

    /// One lower-case word, as a label of metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Parse => "parse",
            Self::Route => "route",
            Self::Validate => "validate",
            Self::Query => "query",
            Self::Handle => "handle",
            Self::Serialize => "serialize",
            Self::Write => "write",
        }
    }
}

// ANCHOR: timeline
/// The stages of one request.
#[derive(Debug, Clone, Copy)]
pub struct Timeline {
    /// All time before it belongs to a stage.
    mark: Instant,
    /// In nanoseconds, by stage. 32 bits would be half the size and full after 4.3 seconds: wrong for the very
    /// requests that one looks for. 64 are full after 584 years.
    spent: [u64; Stage::ALL.len()],
}
// ANCHOR_END: timeline

impl Timeline {
    /// Begins at `now`, with nothing spent.
    #[inline]
    #[must_use]
    pub fn start(now: Instant) -> Self {
        Self { mark: now, spent: [0; Stage::ALL.len()] }
    }

    /// Ends `stage`: what passed since the last mark belongs to it. A stage may end several times, as reading does
    /// when the body comes behind the head; it gets the sum.
    ///
    /// Where `now` lies before the mark, nothing has passed.
    #[inline]
    pub fn finish(&mut self, stage: Stage, now: Instant) {
        // ANCHOR: finish
        // TASK: give the stage what has passed since the mark, and move the mark
        let passed = now.saturating_duration_since(self.mark);
        self.spent[stage as usize] += passed.as_nanos() as u64;
        self.mark = self.mark.max(now);
        // ANCHOR_END: finish
    }

    /// Moves the mark: what has passed belongs to no stage. For whoever does something in between that is not the
    /// request's.
    pub fn skip(&mut self, now: Instant) {
        self.mark = self.mark.max(now);
    }

    /// What `stage` took.
    #[inline]
    #[must_use]
    pub fn spent(&self, stage: Stage) -> Duration {
        Duration::from_nanos(self.spent[stage as usize])
    }

    /// From the start to the last mark, without what was skipped.
    #[inline]
    #[must_use]
    pub fn total(&self) -> Duration {
        // ANCHOR: total
        // TASK: add up the stages
        Duration::from_nanos(self.spent.iter().sum())
        // ANCHOR_END: total
    }
}

/// The stages of many requests, summed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Breakdown {
    requests: u64,
    /// In nanoseconds, by stage.
    spent: [u64; Stage::ALL.len()],
}

impl Breakdown {
    /// Adds one request.
    #[inline]
    pub fn add(&mut self, timeline: &Timeline) {
        // ANCHOR: add
        // TASK: count the request, and add its stages to the sums
        self.requests += 1;
        for (sum, spent) in self.spent.iter_mut().zip(timeline.spent) {
            *sum += spent;
        }
        // ANCHOR_END: add
    }

    /// How many requests were added.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// What `stage` took a request at the mean; nothing while there was none.
    #[must_use]
    pub fn mean(&self, stage: Stage) -> Duration {
        Duration::from_nanos(self.spent[stage as usize] / self.requests.max(1))
    }

    /// Which part of all the time `stage` took, from 0 to 1; 0 while no time has passed.
    ///
    /// A long request counts for more than a short one: this is where the server's time goes, not where a typical
    /// request's does.
    #[must_use]
    pub fn share(&self, stage: Stage) -> f64 {
        // ANCHOR: share
        // TASK: divide the stage's sum by the sum of all
        match self.spent.iter().sum::<u64>() {
            0 => 0.0,
            whole => self.spent[stage as usize] as f64 / whole as f64,
        }
        // ANCHOR_END: share
    }
}
