//! A circuit breaker behind a lock, which every call takes twice.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Between callers and a dependency.
#[derive(Debug)]
pub struct Breaker {
    failures_max: u32,
    open_for: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { since: Duration },
    HalfOpen,
}

impl Breaker {
    /// A closed circuit.
    #[must_use]
    pub fn new(failures_max: u32, open_for: Duration) -> Self {
        Self { failures_max, open_for, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// Whether the dependency may be called.
    #[inline]
    pub fn enter(&self, now: Duration) -> bool {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => true,
            State::Open { since } if now >= since + self.open_for => {
                *state = State::HalfOpen;
                true
            }
            State::Open { .. } | State::HalfOpen => false,
        }
    }

    /// The call has succeeded.
    #[inline]
    pub fn succeeded(&self) {
        *self.lock() = State::Closed { failures: 0 };
    }

    /// The call has failed.
    #[inline]
    pub fn failed(&self, now: Duration) {
        let mut state = self.lock();
        *state = match *state {
            State::Closed { failures } if failures + 1 < self.failures_max => {
                State::Closed { failures: failures + 1 }
            }
            _ => State::Open { since: now },
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
