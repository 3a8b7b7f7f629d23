#![allow(unused)] // delete when done
//! A memory budget: whoever needs memory is admitted first, and who does not fit is shed.
//!
//! A server that takes in whatever comes grows until the kernel kills it, and then every client loses its answer. So
//! for what a client decides about, the length of its body for instance, weight is taken out of a budget before the
//! first byte is read. When there is no room, that client is told at once: 503 with `Retry-After` (RFC 9110, sections
//! 15.6.4 and 10.2.3). The others notice nothing.
//!
//! # State
//!
//! How much is used, and a queue of those who wait, under one lock (`state`). Each who waits has a ticket. It is
//! *waiting* as long as its ticket is in the queue, and *admitted* from then on: its weight is part of what is used,
//! even if it has not been polled yet and does not know. Nothing else takes a ticket out of the queue but its owner,
//! who leaves.
//!
//! # Protocol
//!
//! Whenever the lock is free,
//!
//! 1. what is used is the weight of all guards and all who are admitted, and at most the limit;
//! 2. the first in the queue does not fit.
//!
//! Every step keeps both. Weight is taken only where there is room for it, and then there is less. Who joins an empty
//! queue does so because there is no room. And whoever makes room or leaves the queue lets in from its head who fits,
//! until one does not, in the same step.
//!
//! So nobody sleeps who could be admitted. No wake-up is lost either: a ticket leaves the queue together with its
//! waker, and who took both out calls it when the lock is free. Not before: a waker is the executor's code. It may poll
//! in place, and the last one may take a task with it when it is dropped, both of which come back here for the lock.
//!
//! # Fair
//!
//! While somebody waits, nobody is admitted but from the head of the queue. So a heavy one is not starved by light
//! ones: once it is the first, no guard is new before it has its own, and when the old ones have gone it fits. For who
//! is heavier than the limit may not wait.
//!
//! A guard that [grows](Admission::grow) needs room, and does not ask who waits: to let end what has begun makes more
//! room than to refuse it.
//!
//! # No deadlock
//!
//! The budget waits for guards. So no guard may wait for the budget: growing never does, and who has a guard must not
//! wait for another one of the same budget.

mod admit;

mod state;

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::task::Waker;

use self::state::State;
use crate::sync::{Mutex, MutexGuard};

pub use admit::Admit;

/// How much may be used in all, of bytes or of whatever else is scarce. Clones are the same budget.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Mutex<State>>);

/// Why somebody was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shed {
    /// There is no room now, or others wait for it.
    NoRoom,
    /// There is no room now, and too many wait for it.
    TooManyWait,
    /// It is more than the whole budget, and would wait for ever.
    NeverFits,
}

impl Budget {
    /// A budget of `limit`, for which at most `waiting_max` wait at the same time.
    #[must_use]
    pub fn new(limit: usize, waiting_max: usize) -> Self {
        Self(Arc::new(Mutex::new(State::new(limit, waiting_max))))
    }

    /// Takes `weight` at once or not at all. Never overtakes those who wait.
    ///
    /// # Errors
    ///
    /// [`Shed::NoRoom`] or [`Shed::NeverFits`].
    #[inline]
    pub fn try_admit(&self, weight: usize) -> Result<Admission, Shed> {
        self.lock().admit(weight)?;
        Ok(self.guard(weight))
    }

    /// Takes `weight` when it fits and nobody waits who came before. A future's turn begins with its first poll.
    ///
    /// # Errors
    ///
    /// At the first poll, [`Shed::TooManyWait`] or [`Shed::NeverFits`]. Who waits is not shed any more, so put a time
    /// limit around it.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped while it waits leaves the queue, and if it was the first, the next may fit. One that
    /// has been admitted, and is dropped before it is polled again, passes its room on. Do not keep one without polling
    /// it: its weight may be taken.
    pub fn admit(&self, weight: usize) -> Admit {
        Admit::new(self.clone(), weight)
    }

    /// The most that may be used.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.lock().limit
    }

    /// How much is used.
    #[must_use]
    pub fn used(&self) -> usize {
        self.lock().used
    }

    /// The most that was ever used.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.lock().peak
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    /// What was taken, in the hands of who gives it back.
    #[inline]
    fn guard(&self, weight: usize) -> Admission {
        Admission { budget: self.clone(), weight }
    }

    /// Does `change`, which makes room or takes somebody out of the queue, and lets in who fits then.
    #[inline]
    fn make_room<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        let admitted = state.admit_waiting();
        drop(state);
        admitted.into_iter().for_each(Waker::wake);
        result
    }

    /// Nothing panics under the lock.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Weight that was taken out of a budget. It goes back when this is dropped, on any thread; when it is forgotten
/// (`mem::forget`), never.
#[derive(Debug)]
#[must_use = "the weight goes back as soon as this is dropped"]
pub struct Admission {
    budget: Budget,
    weight: usize,
}

impl Admission {
    /// How much it is.
    #[inline]
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Takes so much `more` at once or not at all, whoever waits: for a body whose length nobody knows.
    ///
    /// # Errors
    ///
    /// [`Shed::NoRoom`], or [`Shed::NeverFits`] when it would be more than the budget in all. What was taken before
    /// stays.
    pub fn grow(&mut self, more: usize) -> Result<(), Shed> {
        let mut state = self.budget.lock();
        if more > state.limit - self.weight {
            return Err(Shed::NeverFits);
        }
        state.take(more)?;
        self.weight += more;
        Ok(())
    }

    /// Gives back all but `weight`. Does nothing if it is no more than that.
    #[inline]
    pub fn shrink_to(&mut self, weight: usize) {
        let given_back = self.weight.saturating_sub(weight);
        self.weight -= given_back;
        self.budget.make_room(|state| state.used -= given_back);
    }
}

impl Drop for Admission {
    #[inline]
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

impl fmt::Display for Shed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRoom => "the budget has no room now",
            Self::TooManyWait => "the budget has no room now, and too many wait for it",
            Self::NeverFits => "it is more than the whole budget",
        })
    }
}

impl std::error::Error for Shed {}
