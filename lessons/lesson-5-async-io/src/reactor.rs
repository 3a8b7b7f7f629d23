#![allow(unused)] // delete when done
//! One thread asks the kernel about all of its sockets at once.
//!
//! [epoll(7)](https://man7.org/linux/man-pages/man7/epoll.7.html) keeps two things in the kernel: everything that is
//! watched, and a list of those that have become ready. A packet puts its socket on that list when it arrives, so that
//! [`Reactor::wait`] looks at those that are ready, and at no other, however many there are.
//!
//! # Stale events
//!
//! What the kernel hands over is a piece of the past. While the first event of a batch is handled, the connection of the
//! third may be closed, and its descriptor's number given to one that has just been accepted. An event that names the
//! descriptor would then be believed to be about the new one. So an event carries a [`Key`] that is never used again, and
//! [`Reactor::next`], which looks at each event when its turn has come, drops those whose key is not known any more.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;

pub mod slots;

pub use slots::Key;
use slots::Slots;

/// How many events are taken over at once. More stay on the kernel's list, and the next batch begins with them.
const BATCH: usize = 256;

/// What the bell's events carry; no key has these bits, as there are fewer places than that.
const BELL: u64 = u64::MAX;

/// What somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    /// Bytes to read, a connection to accept, or the peer's end.
    pub read: bool,
    /// Room to write into.
    pub write: bool,
}

/// When the kernel tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// As long as it is ready: whoever does not read everything is told again.
    Level,
    /// When it becomes ready: whoever does not read everything is not told again before more comes.
    Edge,
}

/// Something that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// As [`Reactor::register`] gave it.
    pub key: Key,
    /// To read will not block. It may return 0 or an error.
    pub read: bool,
    /// To write will not block. It may return an error.
    pub write: bool,
}

/// The kernel's list, and what is known of those on it.
pub struct Reactor {
    epoll: OwnedFd,
    registered: Slots<()>,
    /// As the kernel handed it over.
    batch: Vec<epoll::Event>,
    /// How many of the batch have been looked at.
    taken: usize,
    bell: Bell,
}

impl Reactor {
    /// Watches nothing yet.
    ///
    /// # Errors
    ///
    /// There are no descriptors left.
    pub fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        // Each write to it is an edge, so nobody has to read it empty.
        epoll::add(&epoll, &bell, EventData::new_u64(BELL), EventFlags::IN | EventFlags::ET)?;
        let batch = Vec::with_capacity(BATCH);
        Ok(Self { epoll, registered: Slots::new(), batch, taken: 0, bell: Bell(bell) })
    }

    /// Watches a descriptor that does not block. If it is ready already, that is an event, too.
    ///
    /// # Errors
    ///
    /// It is watched already, or is a file: those are always ready.
    pub fn register(
        &mut self,
        source: impl AsFd,
        interest: Interest,
        trigger: Trigger,
    ) -> io::Result<Key> {
        // `epoll::add`; the key's bits are the event's data
        // nothing is left behind when the kernel refuses
        todo!("take a key, and have the kernel watch the descriptor with it")
    }

    /// Waits for something else from now on. What is ready already is an event again, also with [`Trigger::Edge`].
    ///
    /// # Errors
    ///
    /// It is not watched.
    pub fn change(
        &mut self,
        key: Key,
        source: impl AsFd,
        interest: Interest,
        trigger: Trigger,
    ) -> io::Result<()> {
        let data = EventData::new_u64(key.to_bits());
        Ok(epoll::modify(&self.epoll, source, data, flags(interest, trigger))?)
    }

    /// Watches it no more, and forgets its events of this batch. To be called before the descriptor is closed: the kernel
    /// watches what a descriptor stands for, and that stays open as long as a copy of the descriptor does.
    ///
    /// # Errors
    ///
    /// It is not watched. The key is unknown in any case.
    pub fn deregister(&mut self, key: Key, source: impl AsFd) -> io::Result<()> {
        self.registered.remove(key);
        Ok(epoll::delete(&self.epoll, source)?)
    }

    /// Waits until something is ready, the bell rings, a signal comes, or the time is over, and takes the next batch.
    /// `None` waits without end. What was left of the last batch is lost: take all of it before.
    ///
    /// # Errors
    ///
    /// What the kernel reports. A signal is none.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let timeout = timeout.map(|time| Timespec::try_from(time).unwrap_or(LONGEST));
        // `epoll::wait` puts events behind those that a vector has, up to its capacity: `rustix::buffer::spare_capacity`
        // a signal (`Errno::INTR`) is no error: the batch is empty
        todo!("begin a new batch, and have the kernel fill it")
    }

    /// The batch's next event about something that is still watched.
    #[expect(clippy::should_implement_trait, reason = "between two events, others are registered")]
    pub fn next(&mut self) -> Option<Event> {
        // the bell's event is about nobody
        // who has an error or was hung up on finds out by reading or by writing: both are ready
        todo!("go on in the batch to the first event about somebody who is still registered")
    }

    /// How many are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.registered.len()
    }

    /// Whether nothing is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.registered.is_empty()
    }

    /// What ends [`Reactor::wait`] from any thread.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").field("registered", &self.len()).finish_non_exhaustive()
    }
}

/// The longest time that the kernel can be asked to wait, in any version.
const LONGEST: Timespec = Timespec { tv_sec: i32::MAX as i64 / 1000, tv_nsec: 0 };

fn flags(interest: Interest, trigger: Trigger) -> EventFlags {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN | EventFlags::RDHUP, interest.read);
    flags.set(EventFlags::OUT, interest.write);
    flags.set(EventFlags::ET, trigger == Trigger::Edge);
    flags
}

/// Wakes up whoever waits in the kernel.
#[derive(Debug, Clone)]
pub struct Bell(Arc<OwnedFd>);

impl Bell {
    /// Ends the wait that goes on, or else the next one. It blocks nobody, and twice is like once.
    pub fn ring(&self) {
        // eight bytes, in the machine's order; if there is no room for more, it has been rung often enough
        todo!("add 1 to the counter in the kernel")
    }
}
