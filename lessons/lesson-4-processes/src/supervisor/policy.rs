//! How patient a supervisor is.

use std::time::Duration;

/// Its times and limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long a life may take until it is ready.
    pub start_max: Duration,
    /// After how long without a beat another worker accepts from its listener. Cheap, and undone when it beats again.
    pub quiet_max: Duration,
    /// After how long without a beat it is killed.
    pub hang_max: Duration,
    /// How long a life may take to go. Longer than the workers' own deadline, so that it is they who say what they cut off.
    pub drain_max: Duration,
    /// How old a life must become for its worker's failures to be forgotten.
    pub healthy_after: Duration,
    /// How many lives of one worker may fail in a row.
    pub failures_max: u32,
    /// The first so many workers are needed. Those behind them are tried for ever, and end nothing, however they fail.
    pub needed: usize,
    /// The wait before the second restart in a row (the first is at once); each further one is twice as long.
    pub back_off_min: Duration,
    /// The longest wait.
    pub back_off_max: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            start_max: Duration::from_secs(30),
            quiet_max: Duration::from_secs(1),
            hang_max: Duration::from_secs(5),
            drain_max: Duration::from_secs(35),
            healthy_after: Duration::from_secs(10),
            failures_max: 10,
            needed: usize::MAX,
            back_off_min: Duration::from_millis(100),
            back_off_max: Duration::from_secs(5),
        }
    }
}

impl Policy {
    /// How long to wait after so many failures in a row. One failure may be chance: then not at all.
    #[must_use]
    pub fn back_off(&self, failures: u32) -> Duration {
        // `back_off_max` at most; and there may be any number of failures
        todo!("nothing for one failure, `back_off_min` for two, then twice as long each time")
    }
}
