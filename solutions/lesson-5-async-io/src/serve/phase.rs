//! What a connection is doing, since when, and what it is told to do.

use std::cell::{Cell, RefCell};
use std::task::{Context, Poll, Waker};

use tokio::time::Instant;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It waits for a request. hyper does not say whether it has read half of the next one together with the one before;
    /// if so, that counts as idle until more of it comes.
    Idle,
    /// Some of a request's head has come.
    Head,
    /// The head has come, and some of the body.
    Body,
    /// The service works on an answer.
    Working,
    /// An answer is being sent.
    Writing,
    /// All is sent; the peer may close first.
    Closing,
}

/// What a connection is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Finish what has begun, then close.
    Finish,
    /// Close at once.
    Cut,
}

/// Of one connection. It is shared by the stream, the service and the bodies, all in one thread.
#[derive(Debug)]
pub(super) struct Status {
    phase: Cell<Phase>,
    /// The beginning of the phase; in `Writing`, since when the peer takes nothing.
    since: Cell<Instant>,
    /// Whether hyper has taken all of the answer's body.
    taken: Cell<bool>,
    /// Whether hyper has written all of the answer.
    written: Cell<bool>,
    /// Whether bytes that hyper has not written yet go to the kernel alone.
    uncopied: Cell<bool>,
    /// Whether the last write had to wait.
    stalled: Cell<bool>,
    order: Cell<Option<Order>>,
    waker: RefCell<Option<Waker>>,
}

impl Status {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            phase: Cell::new(Phase::Idle),
            since: Cell::new(now),
            taken: Cell::new(false),
            written: Cell::new(false),
            uncopied: Cell::new(false),
            stalled: Cell::new(false),
            order: Cell::new(None),
            waker: RefCell::new(None),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    pub(super) fn since(&self) -> Instant {
        self.since.get()
    }

    /// Whether it is the peer's turn to do something, so that it can be too slow.
    pub(super) fn waits_for_peer(&self) -> bool {
        match self.phase.get() {
            Phase::Working => false,
            Phase::Writing => self.stalled.get(),
            Phase::Idle | Phase::Head | Phase::Body | Phase::Closing => true,
        }
    }

    pub(super) fn enter(&self, phase: Phase, now: Instant) {
        self.phase.set(phase);
        self.since.set(now);
        self.taken.set(false);
        self.written.set(false);
        self.stalled.set(false);
    }

    /// Bytes have come in.
    pub(super) fn received(&self, now: Instant) {
        if self.phase.get() == Phase::Idle {
            self.enter(Phase::Head, now);
        }
    }

    /// From now on nothing is copied, until hyper has written all of this answer.
    pub(super) fn set_uncopied(&self) {
        self.uncopied.set(true);
    }

    pub(super) fn is_uncopied(&self) -> bool {
        self.uncopied.get()
    }

    /// hyper drops the body of an answer when it has taken all of it.
    pub(super) fn body_taken(&self) {
        self.taken.set(true);
    }

    /// hyper flushes when it has written all that it had to write.
    pub(super) fn flushed(&self) {
        if self.taken.get() {
            self.written.set(true);
            self.uncopied.set(false);
        }
    }

    /// The peer has taken bytes, or none.
    pub(super) fn wrote(&self, some: bool, now: Instant) {
        if some || !self.stalled.get() {
            self.since.set(now);
        }
        self.stalled.set(!some);
    }

    /// The kernel has everything that hyper has written.
    pub(super) fn sent(&self, now: Instant) {
        if self.phase.get() == Phase::Writing && self.written.get() {
            self.enter(Phase::Idle, now);
        }
    }

    pub(super) fn order(&self, order: Order) {
        self.order.set(Some(order));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Each order is ready once.
    pub(super) fn poll_order(&self, context: &Context<'_>) -> Poll<Order> {
        if let Some(order) = self.order.take() {
            return Poll::Ready(order);
        }
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}
