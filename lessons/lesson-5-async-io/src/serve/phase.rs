//! What a connection, or a stream of one, is doing, since when, and what it is told to do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::lines::Lines;
use super::{LINGER, Limits, Peer};

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It waits for a request. hyper does not say whether it has read half of the next one together with the one before;
    /// if so, that counts as idle until more of it comes.
    Idle,
    /// Some of a request's head has come, or a handshake is under way.
    Head,
    /// The head has come, and some of the body.
    Body,
    /// The service works on an answer. Of a connection with streams: at least one is open.
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

/// How bytes have moved.
#[derive(Debug, Clone, Copy)]
struct Moved {
    last: Instant,
    bytes: u64,
}

/// A time in which there is always something that waits for the peer.
#[derive(Debug, Clone, Copy)]
struct Stall {
    began: Instant,
    moved: Moved,
}

/// Of one connection, or of one stream. It is shared by the stream, the service and the bodies, all in one thread.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) peer: Cell<Peer>,
    phase: Cell<Phase>,
    /// The beginning of the phase.
    began: Cell<Instant>,
    /// When a body last moved, and how many bytes of it have.
    body: Cell<Moved>,
    /// Since when what is to be sent waits for the peer, if it does. Phases come and go meanwhile: who takes nothing is not
    /// helped by asking for more.
    stalled: Cell<Option<Stall>>,
    /// Of a stream: how many pieces of an answer wait for the peer to make room.
    held: Cell<usize>,
    /// Whether hyper has taken all of the answer's body.
    taken: Cell<bool>,
    /// Whether hyper has written all of the answer.
    written: Cell<bool>,
    /// Whether bytes that hyper has not written yet go to the kernel alone.
    uncopied: Cell<bool>,
    /// What has been seen of the heads that have come.
    lines: RefCell<Lines>,
    /// Whether requests come in streams, many at a time.
    multiplexed: Cell<bool>,
    /// Those that are open.
    streams: RefCell<Vec<Rc<Status>>>,
    order: Cell<Option<Order>>,
    /// Whether there ever was an order.
    ordered: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Status {
    pub(super) fn new(peer: Peer, now: Instant) -> Self {
        Self {
            peer: Cell::new(peer),
            phase: Cell::new(Phase::Idle),
            began: Cell::new(now),
            body: Cell::new(Moved { last: now, bytes: 0 }),
            stalled: Cell::new(None),
            held: Cell::new(0),
            taken: Cell::new(false),
            written: Cell::new(false),
            uncopied: Cell::new(false),
            lines: RefCell::default(),
            multiplexed: Cell::new(false),
            streams: RefCell::default(),
            order: Cell::new(None),
            ordered: Cell::new(false),
            waker: RefCell::new(None),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// When the phase began.
    pub(super) fn began(&self) -> Instant {
        self.began.get()
    }

    /// Whether it is the peer's turn to do something, and it takes too long. `slack` is how exactly the beginning is known.
    pub(super) fn is_too_slow(&self, now: Instant, limits: &Limits, slack: Duration) -> bool {
        let long =
            |since: Instant, limit: Duration| now.saturating_duration_since(since) > limit + slack;
        // Late, and not fast enough to be excused.
        let slow = |since: Instant, limit: Duration, bytes: u64| {
            let seconds = now.saturating_duration_since(since).as_secs().max(1);
            long(since, limit) && bytes / seconds < limits.rate_min
        };
        let takes = self.stalled.get().is_some_and(|stall| {
            let Stall { began, moved } = stall;
            long(moved.last, limits.write) || slow(began, limits.write, moved.bytes)
        });
        let began = self.began.get();
        // `long(since, limit)` for idle connections, heads, and those that are closing (`LINGER`)
        // a body (`self.body`) must not pause for `body_stall`, and behind `body` must be as fast as `rate_min` (`slow`)
        // while the service works or an answer is written, nothing is expected of what the peer sends
        todo!("say of each phase whether the peer takes too long to send what it should")
    }

    pub(super) fn enter(&self, phase: Phase, now: Instant) {
        self.phase.set(phase);
        self.began.set(now);
        self.taken.set(false);
        self.written.set(false);
        if phase == Phase::Body {
            self.body.set(Moved { last: now, bytes: 0 });
        }
    }

    /// These bytes have come in.
    pub(super) fn received(&self, bytes: &[u8], now: Instant) {
        if self.multiplexed.get() {
            return;
        }
        self.lines.borrow_mut().look(bytes);
        match self.phase.get() {
            Phase::Body => self.received_body(bytes.len(), now),
            Phase::Idle => self.enter(Phase::Head, now),
            _ => {}
        }
    }

    /// Some of a body has come.
    pub(super) fn received_body(&self, count: usize, now: Instant) {
        if self.phase.get() == Phase::Body {
            let Moved { bytes, .. } = self.body.get();
            self.body.set(Moved { last: now, bytes: bytes + count as u64 });
        }
    }

    /// The body of a request has ended: what comes in from now on is another head.
    pub(super) fn body_ended(&self, now: Instant) {
        if self.phase.get() == Phase::Body {
            self.enter(Phase::Working, now);
        }
    }

    /// Whether what has come so far can be read in another way.
    pub(super) fn is_ambiguous(&self) -> bool {
        matches!(*self.lines.borrow(), Lines::Ambiguous)
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

    /// The peer has taken so many bytes, and then some more would have had to wait, or not.
    pub(super) fn wrote(&self, bytes: u64, waits: bool, now: Instant) {
        let before = self.stalled.get();
        let stall = before.unwrap_or(Stall { began: now, moved: Moved { last: now, bytes: 0 } });
        let last = if bytes > 0 { now } else { stall.moved.last };
        let moved = Moved { last, bytes: stall.moved.bytes + bytes };
        self.stalled.set(waits.then_some(Stall { moved, ..stall }));
    }

    /// The kernel has everything that hyper has written.
    pub(super) fn sent(&self, now: Instant) {
        if self.phase.get() == Phase::Writing && self.written.get() {
            self.enter(Phase::Idle, now);
        }
    }

    pub(super) fn order(&self, order: Order) {
        self.order.set(Some(order));
        self.ordered.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Tells a connection whose peer is too slow to end, and returns whether that is new. Where requests come in streams
    /// one may be on its way: an idle connection of that kind says goodbye first, which stops who has something to send.
    pub(super) fn give_up(&self) -> bool {
        let new = !self.ordered.get();
        let polite = new && self.multiplexed.get() && self.phase.get() == Phase::Idle;
        self.order(if polite { Order::Finish } else { Order::Cut });
        new
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

/// The streams of a connection.
impl Status {
    /// From now on requests come in streams.
    pub(super) fn set_multiplexed(&self) {
        self.multiplexed.set(true);
    }

    pub(super) fn is_multiplexed(&self) -> bool {
        self.multiplexed.get()
    }

    /// How many requests are under way.
    pub(super) fn requests(&self) -> usize {
        match self.phase.get() {
            Phase::Idle | Phase::Closing => 0,
            _ => self.streams.borrow().len().max(1),
        }
    }

    /// Ends the streams whose peer is too slow with them, and returns how many are new among those. The others go on; but one
    /// that was told and is still there takes its connection with it.
    pub(super) fn give_up_streams(
        &self,
        now: Instant,
        limits: &Limits,
        slack: Duration,
    ) -> (usize, bool) {
        let streams = self.streams.borrow();
        let slow = streams.iter().filter(|stream| stream.is_too_slow(now, limits, slack));
        let (new, old): (Vec<_>, Vec<_>) = slow.partition(|stream| stream.give_up());
        (new.len(), !old.is_empty())
    }

    /// A piece of a stream's answer waits for room.
    pub(super) fn hold(&self, now: Instant) {
        self.held.set(self.held.get() + 1);
        self.wrote(0, true, now);
    }

    /// A piece is gone. With the last one, it is not the peer who is waited for.
    pub(super) fn let_go(&self) {
        self.held.set(self.held.get() - 1);
        if self.held.get() == 0 {
            self.stalled.set(None);
        }
    }

    /// A stream has come.
    pub(super) fn open_stream(&self, now: Instant) -> Rc<Self> {
        let stream = Rc::new(Self::new(self.peer.get(), now));
        let mut streams = self.streams.borrow_mut();
        streams.push(Rc::clone(&stream));
        if streams.len() == 1 {
            self.enter_around_streams(Phase::Working, now);
        }
        stream
    }

    /// A stream is done with.
    pub(super) fn close_stream(&self, stream: &Rc<Self>, now: Instant) {
        let mut streams = self.streams.borrow_mut();
        streams.retain(|open| !Rc::ptr_eq(open, stream));
        if streams.is_empty() && self.phase.get() == Phase::Working {
            self.enter_around_streams(Phase::Idle, now);
        }
    }

    /// As `enter`, but what the peer has not taken yet stays so: streams come and go meanwhile.
    fn enter_around_streams(&self, phase: Phase, now: Instant) {
        self.phase.set(phase);
        self.began.set(now);
    }
}
