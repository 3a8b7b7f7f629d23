#![allow(unused)] // delete when done
//! Things that are expensive to make, kept and lent: connections to a database, say.
//!
//! # State
//!
//! Whatever is open or being made has a `Place`, of which there are `max`. A place is taken in one function, and given
//! back in one, its `drop`: however a future ends, by an answer, an error, a panic or by being dropped itself, no place
//! is lost, and there is never one too many. A resource is in one of three hands: idle in the pool, in a [`Guard`], or
//! handed to somebody who waits and has not looked yet. Who waits draws a ticket and stands in a queue.
//!
//! ```text
//!              made ───────────────┐ ┌──────────────── returned
//!                                  ▼ ▼
//!             somebody waits: to the front of the queue
//!             nobody waits:   idle, the top of a stack ──────▶ taken by a newcomer
//! ```
//!
//! # Rules
//!
//! 1. What is made or returned goes to whoever has waited longest, and becomes idle only if nobody waits. So nobody waits
//!    while something is idle, and a newcomer who finds something idle overtakes nobody.
//! 2. The idle ones are a stack: the one used last is lent first. What is too many sinks to the bottom, where it is
//!    idle long enough to be closed.
//! 3. As many are being made as wait, or there is no room. Whoever waits sees to that whenever it is polled; when a place
//!    becomes free, or one who was woken for this leaves, the front of the queue is woken.
//! 4. A resource is made in a task of its own. Who caused it may be served by another one before, or leave: what was begun
//!    is finished and kept. If leaving broke it off, a database that needs a second to log in would never be reached by
//!    clients that wait for half a second, and each of them would cost it half a log-in.
//! 5. When making one fails, the front of the queue is told at once, unless one is still being made for each who waits, or
//!    it came when that attempt had begun: what failed then may succeed now. The attempt's place is free, and by rule 3
//!    the front gets an attempt of its own. So a database that is down costs each as long as the database needs to refuse,
//!    nobody waits out a time-out for what cannot come, and who comes when it is up again is not told that it was down.
//!
//! # One thread
//!
//! The pool belongs to one event loop. What is not shared between threads needs no lock and no atomic counter: `Cell`,
//! `RefCell` and `Rc` are enough. A borrow lasts across no `await`, and across no code of others: wakers are woken,
//! resources dropped and the manager asked when it has ended, for any of them may come back to this pool.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

mod create;
mod error;
mod guard;
mod limits;
mod maintain;
mod queue;
mod state;
pub mod trial;
mod wait;

pub use error::{AcquireError, Undrained};
pub use guard::Guard;
pub use limits::{Limits, LimitsError};
pub use state::{Statistics, Totals};

use guard::Place;
use state::State;
use wait::Waiting;

/// How resources are made and tried. Their `drop` closes them.
pub trait Manage: 'static {
    /// What is kept.
    type Resource: 'static;
    /// Why it cannot be made.
    type Error: 'static;

    /// Makes one. It is dropped unfinished when it takes longer than [`Limits::create_max`].
    fn create(&self) -> impl Future<Output = Result<Self::Resource, Self::Error>>;

    /// Whether it is known to be of no more use. Asked whenever a resource is lent or comes back, so it looks at what is
    /// known already, and costs nothing.
    fn is_broken(&self, resource: &Self::Resource) -> bool;

    /// Finds out whether it still works: a round trip to the other side, asked only of what has been idle for
    /// [`Limits::check_after`]. It is closed when the answer is `false`, or takes longer than [`Limits::check_max`].
    fn check(&self, resource: &mut Self::Resource) -> impl Future<Output = bool>;

    /// One has just become idle: nobody here needs it now. Whoever shares a limit among several pools may
    /// [`evict`](Pool::evict) it.
    #[inline]
    fn on_idle(&self) {}
}

/// A pool, for one event loop. It needs a [`LocalSet`](tokio::task::LocalSet) and tokio's timer around it, and
/// [`maintain`](Self::maintain) beside it.
pub struct Pool<M: Manage> {
    manager: M,
    limits: Limits,
    state: RefCell<State<M::Resource, M::Error>>,
    /// Rung when `maintain` has something to do. Shared, so that it can be rung by a pool that goes.
    bell: Rc<Notify>,
    /// The last place has been given back.
    emptied: Notify,
}

impl<M: Manage> Pool<M> {
    /// An empty pool. [`maintain`](Self::maintain) fills it; without it, the first who acquire do.
    ///
    /// # Errors
    ///
    /// The limits contradict themselves.
    pub fn new(manager: M, limits: Limits) -> Result<Rc<Self>, LimitsError> {
        limits.check()?;
        Ok(Rc::new(Self {
            manager,
            limits,
            state: RefCell::default(),
            bell: Rc::default(),
            emptied: Notify::new(),
        }))
    }

    /// Lends a resource until the guard is dropped: an idle one, or else the first that is made or returned when all who
    /// came before are served.
    ///
    /// Whoever is polled no more keeps what it has been handed: do not hold this future without polling it.
    ///
    /// # Errors
    ///
    /// See [`AcquireError`]. A resource that cannot be made is an error at once, whatever the time-out.
    ///
    /// # Panics
    ///
    /// One has to be made, and there is no [`LocalSet`](tokio::task::LocalSet) around.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the queue. What it was handed goes to the next, what was begun to be made for it is
    /// finished, and only a resource that was just being checked is closed: nobody knows how far the check had come.
    #[inline]
    pub async fn acquire(self: &Rc<Self>) -> Result<Guard<M>, AcquireError<M::Error>> {
        // Who finds one needs no place in the queue and no timer.
        let mut guard = match self.take_idle() {
            Some(guard) if !guard.is_doubtful() => guard,
            doubtful => self.acquire_in_time(doubtful).await?,
        };
        guard.count_use();
        self.state.borrow_mut().totals.uses += 1;
        Ok(guard)
    }

    #[cold]
    async fn acquire_in_time(
        self: &Rc<Self>,
        doubtful: Option<Guard<M>>,
    ) -> Result<Guard<M>, AcquireError<M::Error>> {
        match timeout(self.limits.acquire_max, self.acquire_late(doubtful)).await {
            Ok(acquired) => acquired,
            Err(_) => {
                self.state.borrow_mut().totals.timed_out += 1;
                Err(AcquireError::TimedOut)
            }
        }
    }

    async fn acquire_late(
        self: &Rc<Self>,
        mut found: Option<Guard<M>>,
    ) -> Result<Guard<M>, AcquireError<M::Error>> {
        // Drawn before the checks: who finds nothing that works stands in the queue where it would have stood.
        let ticket = self.state.borrow_mut().queue.draw();
        while let Some(guard) = found {
            if let Some(guard) = guard.checked().await {
                return Ok(guard);
            }
            found = self.take_idle();
        }
        Waiting::new(self, ticket)?.await
    }

    /// The idle resource that was used last and is not known to be broken.
    #[inline]
    fn take_idle(self: &Rc<Self>) -> Option<Guard<M>> {
        // one that has been idle for `check_after` is doubtful: `guard.doubt()`; a broken one is discarded
        todo!("take from the top of the stack, until one is not broken")
    }

    /// Closes the resource that has been idle longest and is not known to be broken: whoever counts descriptors over
    /// several pools takes one back like this. Returns whether there was one.
    pub fn evict(self: &Rc<Self>) -> bool {
        loop {
            let Some(idle) = self.state.borrow_mut().idle.pop_front() else { return false };
            let guard = Guard::new(Place::of(self), idle.slot);
            if !self.manager.is_broken(&guard) {
                guard.close();
                return true;
            }
            guard.discard();
        }
    }

    /// Lends no more: who waits gets [`AcquireError::Closed`], what is idle is closed now, and what is lent or being made
    /// when it comes back. At a server's end this comes last, when nobody has a request any more.
    pub fn close(self: &Rc<Self>) {
        let wakers = self.state.borrow_mut().close();
        wakers.into_iter().for_each(|waker| waker.wake());
        self.bell.notify_one();
        while self.evict() {}
    }

    /// Waits until nothing is open and nothing is being made, which is for [`close`](Self::close) to bring about.
    ///
    /// # Errors
    ///
    /// [`Undrained`] when `deadline` has passed. Who still holds a guard goes on, and closes what it has in the end.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn drained(&self, deadline: Duration) -> Result<(), Undrained> {
        let emptied = async {
            while self.state.borrow().open > 0 {
                self.emptied.notified().await;
            }
        };
        timeout(deadline, emptied).await.map_err(|_| Undrained { open: self.state.borrow().open })
    }

    /// What is open, who waits, and what has happened so far. It copies a few numbers.
    pub fn statistics(&self) -> Statistics {
        self.state.borrow().statistics()
    }

    /// What makes the resources.
    pub fn manager(&self) -> &M {
        &self.manager
    }
}

impl<M: Manage> Drop for Pool<M> {
    fn drop(&mut self) {
        self.bell.notify_one();
    }
}

impl<M: Manage> fmt::Debug for Pool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limits, .. } = self;
        let statistics = self.statistics();
        f.debug_struct("Pool")
            .field("limits", limits)
            .field("statistics", &statistics)
            .finish_non_exhaustive()
    }
}
