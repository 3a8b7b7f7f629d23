//! How many, and for how long.

use std::fmt;
use std::time::Duration;

/// The limits of a pool. The first four are those of asyncpg's `create_pool`, with the course's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many are kept open, whether anybody needs them or not. asyncpg opens as many at the beginning, but closes them
    /// like the rest when they are idle (its issues 989 and 1268).
    pub min: usize,
    /// How many are open or being made at most.
    pub max: usize,
    /// After how many uses one is replaced: a connection's other side may grow, a statement's plan become stale.
    pub uses_max: u64,
    /// How long one may be idle when there are more than `min`. What is idle costs the other side memory.
    pub idle_max: Duration,
    /// How long anybody waits, checks included. Shorter than the time-out of the request that it is for.
    pub acquire_max: Duration,
    /// How long one may take to be made.
    pub create_max: Duration,
    /// How long one may be idle and still be lent unchecked.
    pub check_after: Duration,
    /// How long a check may take. A peer that has gone without a word answers nothing, so this is what it costs.
    pub check_max: Duration,
    /// How many wait at most, those included for whom one is being made. More are told at once: a queue that grows without
    /// bound only lets everybody wait longer.
    pub waiting_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            min: 10,
            max: 100,
            uses_max: 50_000,
            idle_max: Duration::from_secs(300),
            acquire_max: Duration::from_secs(5),
            create_max: Duration::from_secs(5),
            check_after: Duration::from_secs(30),
            check_max: Duration::from_secs(1),
            waiting_max: 1000,
        }
    }
}

impl Limits {
    /// Whether a pool can keep all of them and still lend something.
    ///
    /// # Errors
    ///
    /// The first that it could not.
    pub fn check(&self) -> Result<(), LimitsError> {
        let rules = [
            (self.max > 0, "max", "must be at least 1"),
            (self.min <= self.max, "min", "must not be above `max`"),
            (self.uses_max > 0, "uses_max", "must be at least 1"),
            (self.waiting_max > 0, "waiting_max", "must be at least 1: even the first has to wait"),
            (!self.idle_max.is_zero(), "idle_max", "must be longer than nothing"),
            (!self.create_max.is_zero(), "create_max", "must be longer than nothing"),
            (!self.check_max.is_zero(), "check_max", "must be longer than nothing"),
        ];
        match rules.into_iter().find(|(kept, ..)| !kept) {
            Some((_, limit, rule)) => Err(LimitsError { limit, rule }),
            None => Ok(()),
        }
    }
}

/// Limits of which no pool can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitsError {
    /// The field that is wrong.
    pub limit: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pool's `{}` {}", self.limit, self.rule)
    }
}

impl std::error::Error for LimitsError {}
