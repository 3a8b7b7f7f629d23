//! Access events: who asked for which user, and how it was answered, on their way to a message queue.
//!
//! ```text
//! event loop ──append──▶ spool (a mapped file) ──batches──▶ queue: a stream of Redis, or a log on disk
//!                              events' thread
//! ```
//!
//! # What is promised
//!
//! An event is *accepted* when it is in the spool: from then on it comes to the queue at least once, though every process of
//! the server is killed and started again. It may come twice, with the same id, when a process dies between telling the
//! queue and noting that. When the spool is full, because the queue has been away for too long, an event is *refused*, and
//! counted. No answer waits for an event, and none fails because of one. A client that leaves before its answer has asked
//! all the same: its event has the status 499.
//!
//! Workers of the profile `bare` hand nothing over. What waits when a server changes to it is told, and waits until there
//! is one of the other profile again.
//!
//! A machine that loses its power may lose the events of the last second: that is how often the disk is asked to have them.
//!
//! # Map
//!
//! - [`spool`]: the file, written by one thread and read by another, or by whoever finds it later.
//! - [`forward`]: the thread that empties it, and those that dead workers have left.
//! - [`queue`]: where events go; [`stream`] and [`journal`] are two of them.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use solution_7_sync::breaker::Policy;

use crate::observe::context::TraceContext;

pub mod forward;
pub mod journal;
pub mod queue;
pub mod spool;
pub mod stream;

use forward::Forwarder;
use queue::Target;
use spool::Spool;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Milliseconds since 1970.
    pub time: u64,
    /// The user, or zero for all.
    pub user: u64,
    /// What the client was answered.
    pub status: u16,
    /// What it wanted.
    pub access: Access,
    /// Of which trace that was, if anybody says.
    pub trace: Option<TraceContext>,
}

/// What a client wants of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Access {
    /// `GET /users`
    List = 1,
    /// `POST /users`
    Create,
    /// `GET /users/{id}`
    Read,
    /// `PUT /users/{id}`
    Replace,
    /// `DELETE /users/{id}`
    Delete,
}

impl Access {
    const ALL: [Self; 5] = [Self::List, Self::Create, Self::Read, Self::Replace, Self::Delete];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["list", "create", "read", "replace", "delete"][self as usize - 1]
    }

    fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|access| *access as u8 == number)
    }
}

impl Event {
    /// One that happens now.
    #[must_use]
    pub fn now(access: Access, user: u64, status: u16) -> Self {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = u64::try_from(time.as_millis()).unwrap_or(0);
        Self { time, user, status, access, trace: None }
    }
}

/// How the queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Standing {
    /// It takes what it gets.
    Up,
    /// It does not answer. Events wait on disk.
    Down,
    /// It takes no more. Events wait on disk.
    Full,
}

impl Standing {
    /// As clients see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Full => "full",
        }
    }
}

/// How the queue is, for who asks and who knows.
#[derive(Debug, Default)]
pub struct Seen(AtomicU8);

impl Seen {
    fn set(&self, standing: Standing) {
        self.0.store(standing as u8, Relaxed);
    }

    fn get(&self) -> Standing {
        match self.0.load(Relaxed) {
            0 => Standing::Up,
            1 => Standing::Down,
            _ => Standing::Full,
        }
    }
}

/// Where events wait, and where they go.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The directory.
    pub directory: PathBuf,
    /// What all spools of the server may take of the disk.
    pub bytes: u64,
    /// What the spool of one worker may take.
    pub share: u64,
    /// The queue.
    pub target: Target,
    /// When the queue is left alone.
    pub breaker: Policy,
}

/// Makes the directory, and finds out whether files can be made in it. A disk that is full may have room later.
///
/// # Errors
///
/// What the kernel reports.
pub fn prepare(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let probe = directory.join(format!("{}.probe", std::process::id()));
    match File::create(&probe) {
        Ok(_) => std::fs::remove_file(probe),
        Err(error) if spool::is_full(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A worker's end of it.
#[derive(Debug)]
pub struct Events {
    kind: &'static str,
    /// None as long as the disk has no room.
    spool: RefCell<Option<Spool>>,
    forwarder: Forwarder,
    seen: Arc<Seen>,
}

/// What is counted of events by who carries them.
pub trait Counts: Send + Sync + 'static {
    /// The queue has taken so many.
    fn published(&self, count: u64);
}

impl Events {
    /// Opens a spool, and starts the thread that empties it.
    ///
    /// # Errors
    ///
    /// The directory cannot be used, or there is no thread.
    pub fn open(
        plan: Plan,
        counts: impl Counts,
        tell: impl Fn(&str) + Send + 'static,
    ) -> io::Result<Self> {
        prepare(&plan.directory)?;
        let seen = Arc::<Seen>::default();
        let (spool, reader) = match Spool::create(&plan.directory, plan.share, plan.bytes)? {
            Some((spool, reader)) => (Some(spool), Some(reader)),
            None => {
                tell("there is no room for access events on disk: they are refused");
                (None, None)
            }
        };
        let kind = plan.target.kind();
        let forwarder = Forwarder::start(plan, reader, Arc::clone(&seen), counts, tell)?;
        Ok(Self { kind, spool: RefCell::new(spool), forwarder, seen })
    }

    /// Accepts an event; false when there is no room for it.
    pub fn accept(&self, event: Event) -> bool {
        let mut spool = self.spool.borrow_mut();
        if spool.is_none() {
            *spool = self.forwarder.new_spool();
        }
        let accepted = spool.as_ref().is_some_and(|spool| spool.append(event));
        self.forwarder.look();
        accepted
    }

    /// Which queue it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// How the queue is.
    #[must_use]
    pub fn standing(&self) -> Standing {
        // Where no event is accepted it does not matter what the queue would take.
        if self.spool.borrow().is_none() { Standing::Full } else { self.seen.get() }
    }

    /// Hands over what can be handed over within the time, and ends the thread. What is left waits on disk for the next
    /// worker.
    ///
    /// # Errors
    ///
    /// The thread is stuck.
    pub fn close(self, deadline: Duration) -> Result<(), forward::Stuck> {
        drop(self.spool);
        self.forwarder.end(deadline)
    }
}
