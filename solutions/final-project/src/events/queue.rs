//! Where events go.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::journal::Journal;
use super::spool::Record;
use super::stream::Stream;
use crate::settings::RedisUrl;

/// A queue takes events in batches, on the events' thread, which may wait.
pub trait Queue {
    /// Takes a batch, and returns how many of it, from the first on: fewer than all, and the queue is full. An event that
    /// it has taken before, it may take again.
    ///
    /// # Errors
    ///
    /// [`QueueError`]; then it may have taken some all the same.
    fn publish(&mut self, batch: &[Record]) -> Result<usize, QueueError>;

    /// Called once a second.
    ///
    /// # Errors
    ///
    /// [`QueueError`].
    fn sync(&mut self) -> Result<(), QueueError> {
        Ok(())
    }
}

/// The queue is not there, or in trouble.
#[derive(Debug)]
pub struct QueueError(pub String);

/// Which queue.
#[derive(Debug, Clone)]
pub enum Target {
    /// A stream of Redis.
    Stream {
        /// The server.
        url: RedisUrl,
        /// The stream's name.
        name: String,
        /// How many events may be in it.
        length: usize,
        /// How long the server may take.
        timeout: Duration,
    },
    /// A log on disk.
    Journal {
        /// The file; the one before it has `.1` behind its name.
        path: PathBuf,
        /// How much both may have.
        bytes: u64,
    },
}

impl Target {
    /// The queue, which connects or opens when it is first used.
    #[must_use]
    pub fn open(&self) -> Box<dyn Queue> {
        match self.clone() {
            Self::Stream { url, name, length, timeout } => {
                Box::new(Stream::new(&url, name, length, timeout))
            }
            Self::Journal { path, bytes } => Box::new(Journal::new(path, bytes)),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stream { .. } => "redis stream",
            Self::Journal { .. } => "log on disk",
        }
    }
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the queue failed: {}", self.0)
    }
}

impl std::error::Error for QueueError {}
