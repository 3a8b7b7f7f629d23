//! All connections of a server.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, interval};

use super::outbox::Spare;
use super::phase::{Order, Phase, Status};
use super::{LINGER, Limits, Peer, SWEEP};
use crate::drain::Connections;

/// The time, as it was at the last sweep: to read it costs nothing.
#[derive(Debug)]
pub(super) struct Clock(Cell<Instant>);

impl Clock {
    pub(super) fn now(&self) -> Instant {
        self.0.get()
    }

    fn set(&self) -> Instant {
        let now = Instant::now();
        self.0.set(now);
        now
    }
}

/// A service, its limits, and its connections. It lives in one thread.
#[derive(Debug)]
pub struct Server<S> {
    pub(super) service: S,
    pub(super) limits: Limits,
    pub(super) clock: Rc<Clock>,
    pub(super) statistics: Cell<Statistics>,
    /// What connections write with, in turn.
    pub(super) spare: Spare,
    pub(super) connections: RefCell<HashMap<u64, Rc<Status>>>,
    /// Since when answers are last answers.
    announced: Cell<Option<Instant>>,
    fewer: Notify,
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// How many connections were opened.
    pub opened: u64,
    /// How many were cut off because the peer was too slow, single streams included.
    pub too_slow: u64,
    /// How many were closed because others waited, and they were idle.
    pub made_room: u64,
    /// How often accepting paused because the system had no descriptors or no memory left.
    pub paused: u64,
}

impl<S> Server<S> {
    /// A server without connections.
    pub fn new(service: S, limits: Limits) -> Rc<Self> {
        Rc::new(Self {
            service,
            limits,
            clock: Rc::new(Clock(Cell::new(Instant::now()))),
            statistics: Cell::default(),
            spare: Spare::default(),
            connections: RefCell::default(),
            announced: Cell::new(None),
            fewer: Notify::new(),
        })
    }

    /// What answers.
    pub fn service(&self) -> &S {
        &self.service
    }

    /// What has happened so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics.get()
    }

    /// Looks at all connections twice a second, for ever, and cuts those off that are too slow. Let it
    /// run beside what accepts.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing; without it there are no time-outs.
    pub async fn sweep(&self) {
        let mut tick = interval(SWEEP);
        loop {
            tick.tick().await;
            let now = self.clock.set();
            // streams first: `give_up_streams` says how many are new, and whether one is stuck
            // a phase is dated to the look before it began: `SWEEP` is the slack, without which it could be cut off early
            todo!("give up each connection that is too slow, and count those for which that is new")
        }
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Statistics)) {
        let mut statistics = self.statistics.get();
        change(&mut statistics);
        self.statistics.set(statistics);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.announced.get().is_some()
    }

    pub(super) fn is_full(&self) -> bool {
        self.open() >= self.limits.connections
    }

    /// Registers a connection until the guard is dropped.
    pub(super) fn register(self: &Rc<Self>, peer: Peer) -> (Rc<Status>, Registered<S>) {
        self.count(|statistics| statistics.opened += 1);
        let number = self.statistics.get().opened;
        let status = Rc::new(Status::new(Peer { number, ..peer }, self.clock.now()));
        self.connections.borrow_mut().insert(number, Rc::clone(&status));
        (status, Registered { server: Rc::clone(self), number })
    }
}

/// A connection's entry.
pub(super) struct Registered<S> {
    server: Rc<Server<S>>,
    number: u64,
}

impl<S> Drop for Registered<S> {
    fn drop(&mut self) {
        self.server.connections.borrow_mut().remove(&self.number);
        self.server.fewer.notify_waiters();
    }
}

/// The end of a server: [`Connections`], for whoever ends it.
impl<S> Server<S> {
    /// From now on every answer says that it is the connection's last one.
    pub fn announce(&self) {
        self.announced.set(Some(self.clock.set()));
        // Where requests come in streams no answer can say so; the connection itself does.
        for status in self.connections.borrow().values().filter(|status| status.is_multiplexed()) {
            status.order(Order::Finish);
        }
    }

    /// Closes the connections that have been idle for `quiet`.
    pub fn close_idle(&self, quiet: Duration) {
        let now = self.clock.set();
        let announced = self.announced.get().unwrap_or(now);
        for status in self.connections.borrow().values() {
            let quiet_since = status.began().max(announced);
            let idle = now.saturating_duration_since(quiet_since);
            if status.phase() != Phase::Idle || idle < quiet {
                continue;
            }
            // Where requests come in streams the peer is asked whether one is on its way. Not all answer.
            let is_deaf = status.is_multiplexed() && idle >= quiet + LINGER;
            status.order(if is_deaf { Order::Cut } else { Order::Finish });
        }
    }

    /// How many connections there are.
    pub fn open(&self) -> usize {
        self.connections.borrow().len()
    }

    /// How many requests have begun and are not answered yet.
    pub fn busy(&self) -> usize {
        self.connections.borrow().values().map(|status| status.requests()).sum()
    }

    /// Waits until fewer are open than at the call.
    pub async fn fewer(&self) {
        self.fewer.notified().await;
    }

    /// Closes all, whatever they are doing.
    pub fn cut(&self) {
        self.connections.borrow().values().for_each(|status| status.order(Order::Cut));
    }
}

impl<S> Connections for Server<S> {
    fn announce(&self) {
        self.announce();
    }

    fn close_idle(&self, quiet: Duration) {
        self.close_idle(quiet);
    }

    fn open(&self) -> usize {
        self.open()
    }

    fn busy(&self) -> usize {
        self.busy()
    }

    async fn fewer(&self) {
        self.fewer().await;
    }

    fn cut(&self) {
        self.cut();
    }
}
