//! Proof of concurrency without a clock: parties that can go on only when all of them are there.
//!
//! ```
//! use std::thread;
//! use witness::rendezvous::Rendezvous;
//!
//! let both = Rendezvous::of(2);
//! let other = both.clone();
//! let thread = thread::spawn(move || other.meet());
//! assert_eq!(both.meet(), Ok(()));
//! assert_eq!(thread.join().unwrap(), Ok(()));
//! ```

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long anybody waits: far longer than a busy machine needs, short enough for a test.
///
/// Shorter than the runner lets a test take, so that a test can say what it has waited for.
pub const WAIT_MAX: Duration = Duration::from_secs(4);

/// A place where a known number of parties wait for each other. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Rendezvous {
    expected: usize,
    arrived: Arc<(Mutex<usize>, Condvar)>,
}

/// Not all came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// How many were there at the same time.
    pub arrived: usize,
    /// How many should have been.
    pub expected: usize,
}

impl Rendezvous {
    /// A place for `expected` parties.
    #[must_use]
    pub fn of(expected: usize) -> Self {
        Self { expected, arrived: Arc::default() }
    }

    /// Arrives, and waits for the others.
    ///
    /// # Errors
    ///
    /// [`Missing`] when [`WAIT_MAX`] has passed.
    pub fn meet(&self) -> Result<(), Missing> {
        let (arrived, changed) = &*self.arrived;
        let mut count = arrived.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        changed.notify_all();
        let (count, _) = changed
            .wait_timeout_while(count, WAIT_MAX, |count| *count < self.expected)
            .unwrap_or_else(PoisonError::into_inner);
        if *count < self.expected {
            return Err(Missing { arrived: *count, expected: self.expected });
        }
        Ok(())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { arrived, expected } = self;
        write!(f, "only {arrived} of {expected} were ever at work at the same time")
    }
}

impl std::error::Error for Missing {}

/// A door that is shut until a test opens it. Clones are the same door.
#[derive(Debug, Clone, Default)]
pub struct Door {
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
    open: bool,
    passed: bool,
}

impl Door {
    /// A shut door.
    #[must_use]
    pub fn shut() -> Self {
        Self::default()
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        let (state, changed) = &*self.state;
        state.lock().unwrap_or_else(PoisonError::into_inner).open = true;
        changed.notify_all();
    }

    /// Whether anybody has gone through, or has waited for too long.
    #[must_use]
    pub fn was_passed(&self) -> bool {
        let (state, _) = &*self.state;
        state.lock().unwrap_or_else(PoisonError::into_inner).passed
    }

    /// Waits until the door is open; after [`WAIT_MAX`] it goes on all the same, so that no thread stays behind a
    /// failed test.
    pub fn pass(&self) {
        let (state, changed) = &*self.state;
        let shut = state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(shut, WAIT_MAX, |state| !state.open);
        waited.unwrap_or_else(PoisonError::into_inner).0.passed = true;
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn the_last_to_arrive_goes_on() {
        let alone = Rendezvous { expected: 2, arrived: Arc::new((Mutex::new(1), Condvar::new())) };
        assert_eq!(alone.meet(), Ok(()), "the second of two");
    }

    #[test]
    fn a_door_lets_through_who_came_before_and_after() {
        let door = Door::shut();
        let waiting = thread::spawn({
            let door = door.clone();
            move || door.pass()
        });
        door.open();
        door.pass();
        waiting.join().unwrap();
    }
}
