//! The thread that writes batches of lines.
//!
//! It sleeps until it is woken (`park`). A pool's threads (lesson 3) look for a moment whether more comes before they sleep,
//! which for some hundred batches a second took twice the time that writing them takes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::mem;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::rotating::Rotating;

/// How many batches may wait for the disk; as many may be on their way to it.
const BATCHES_MAX: usize = 4;

/// Whole lines.
pub(super) struct Batch {
    pub(super) lines: Vec<u8>,
    pub(super) count: u64,
}

/// Takes a number of lines, and why they are lost.
type Lost = Box<dyn Fn(u64, &str) + Send + Sync>;

pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Thread,
    /// Disconnected when the thread has ended.
    ended: Receiver<Infallible>,
}

struct Shared {
    next: Mutex<Next>,
    lost: Lost,
}

/// What is to be done.
#[derive(Default)]
struct Next {
    batches: VecDeque<Batch>,
    reopen: bool,
    end: bool,
}

/// The thread still waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

impl Writer {
    pub(super) fn start(file: Rotating, lost: Lost) -> io::Result<Self> {
        let shared = Arc::new(Shared { next: Mutex::default(), lost });
        let (alive, ended) = channel();
        let its = Arc::clone(&shared);
        let started = thread::Builder::new().name("access-log".to_owned());
        let started = started.spawn(move || its.write_all(file, alive))?;
        Ok(Self { shared, thread: started.thread().clone(), ended })
    }

    /// Has a batch written; or loses it when too many wait.
    pub(super) fn write(&self, batch: Batch) {
        let mut next = self.shared.next();
        if next.batches.len() == BATCHES_MAX {
            drop(next);
            return (self.shared.lost)(batch.count, "the disk does not keep up");
        }
        next.batches.push_back(batch);
        drop(next);
        self.thread.unpark();
    }

    /// Opens the file again before the next batch.
    pub(super) fn reopen(&self) {
        self.shared.next().reopen = true;
    }

    /// Ends when all is written.
    pub(super) fn close(self, limit: Duration) -> Result<(), Stuck> {
        self.shared.next().end = true;
        self.thread.unpark();
        match self.ended.recv_timeout(limit) {
            Err(RecvTimeoutError::Timeout) => Err(Stuck),
            Err(RecvTimeoutError::Disconnected) => Ok(()),
        }
    }
}

impl Shared {
    /// Nothing can fail while it is held.
    fn next(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self, mut file: Rotating, _alive: Sender<Infallible>) {
        loop {
            let (batches, reopen, end) = {
                let mut next = self.next();
                (mem::take(&mut next.batches), mem::take(&mut next.reopen), next.end)
            };
            if reopen {
                file.reopen();
            }
            for Batch { lines, count } in &batches {
                if let Err(error) = file.append(lines) {
                    (self.lost)(*count, &error.to_string());
                }
            }
            if batches.is_empty() {
                if end {
                    return;
                }
                // Who has woken it meanwhile has done so for this.
                thread::park();
            }
        }
    }
}
