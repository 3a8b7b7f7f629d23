//! What the pool knows. Nothing here calls anybody: what has to be woken or dropped is returned.

use std::collections::VecDeque;
use std::task::Waker;

use tokio::time::Instant;

use super::error::AcquireError;
use super::limits::Limits;
use super::maintain::Failures;
use super::queue::{Queue, Ticket};

/// A resource, and how often it has been lent.
pub(super) struct Slot<R> {
    pub(super) resource: R,
    pub(super) uses: u64,
}

/// A slot that nobody has.
pub(super) struct Idle<R> {
    pub(super) slot: Slot<R>,
    pub(super) since: Instant,
}

/// Where something was put.
pub(super) enum Put {
    /// Somebody has it, and may have to be woken.
    Handed(Option<Waker>),
    /// Nobody has it.
    Idle,
}

/// What is handed to somebody who waits.
pub(super) type Handed<R, E> = Result<Slot<R>, AcquireError<E>>;

pub(super) struct State<R, E> {
    /// A stack, used at the back. What lies deeper has been idle longer.
    pub(super) idle: VecDeque<Idle<R>>,
    pub(super) queue: Queue<Handed<R, E>>,
    /// Places that are taken.
    pub(super) open: usize,
    /// How many of them are for something that is being made.
    pub(super) creating: usize,
    pub(super) closed: bool,
    pub(super) failures: Failures,
    pub(super) totals: Totals,
}

/// A pool as it is now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Places that are taken: idle, in use, or being made. Never above [`Limits::max`].
    pub open: usize,
    /// How many wait in the pool.
    pub idle: usize,
    /// How many are being made.
    pub creating: usize,
    /// How many callers wait.
    pub waiting: usize,
    /// What has happened so far.
    pub totals: Totals,
}

impl Statistics {
    /// How many are lent, or just being checked.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.open - self.idle - self.creating
    }

    /// How many have been closed so far, for whatever reason.
    #[must_use]
    pub fn closed(&self) -> u64 {
        self.totals.created - (self.open - self.creating) as u64
    }
}

/// Counted since the pool was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many have been made.
    pub created: u64,
    /// How often making one failed, took too long, or panicked.
    pub failed: u64,
    /// How many were closed because they were broken: the manager, a check, or a user said so.
    pub broken: u64,
    /// How often something was lent.
    pub uses: u64,
    /// How many waited in vain.
    pub timed_out: u64,
    /// How many were turned away because too many waited.
    pub crowded: u64,
}

impl<R, E> State<R, E> {
    /// Whether another place may be taken.
    pub(super) fn has_room(&self, limits: &Limits) -> bool {
        self.open < limits.max && !self.closed
    }

    /// Whether somebody waits for whom nothing is being made.
    pub(super) fn lacks(&self) -> bool {
        self.queue.len() > self.creating
    }

    /// Whoever has to be woken so that what [`lacks`](Self::lacks) is made, if there is room (rule 3).
    pub(super) fn nudge(&mut self, limits: &Limits) -> Option<Waker> {
        if self.lacks() && self.has_room(limits) { self.queue.nudge() } else { None }
    }

    /// To the front of the queue, or on top of the idle ones (rule 1).
    #[inline]
    pub(super) fn put(&mut self, slot: Slot<R>) -> Put {
        // `self.queue.hand` takes what is handed over as a `Result`, and gives it back when nobody waits
        todo!("hand it to whoever has waited longest, or put it on top of the idle ones")
    }

    /// One could not be made: tells the front, which has to be woken, or gives `error` back when one is still being made
    /// for everybody, or the front came when that one had `begun` (rule 5).
    pub(super) fn fail(
        &mut self,
        error: AcquireError<E>,
        begun: Ticket,
    ) -> Result<Option<Waker>, Handed<R, E>> {
        self.totals.failed += 1;
        self.failures.note();
        let concerned = self.lacks() && self.queue.front().is_some_and(|front| front <= begun);
        if concerned { self.queue.hand(Err(error)) } else { Err(Err(error)) }
    }

    /// Lends no more. Returns all who have to be woken.
    pub(super) fn close(&mut self) -> Vec<Waker> {
        self.closed = true;
        let mut wakers = Vec::new();
        while let Ok(waker) = self.queue.hand(Err(AcquireError::Closed)) {
            wakers.extend(waker);
        }
        wakers
    }

    pub(super) fn statistics(&self) -> Statistics {
        Statistics {
            open: self.open,
            idle: self.idle.len(),
            creating: self.creating,
            waiting: self.queue.len(),
            totals: self.totals,
        }
    }
}

impl<R, E> Default for State<R, E> {
    fn default() -> Self {
        Self {
            idle: VecDeque::new(),
            queue: Queue::default(),
            open: 0,
            creating: 0,
            closed: false,
            failures: Failures::default(),
            totals: Totals::default(),
        }
    }
}
