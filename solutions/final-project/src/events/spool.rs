//! A file in which events wait: a ring of records, mapped into memory.
//!
//! # State
//!
//! A record is eight words, one cache line: its number, a sum over the others, and the event. Numbers begin at 1 and grow by
//! one. The header has the number up to which records are done with, `done`.
//!
//! The event loop appends; only it knows where the next record goes. When nothing is waiting it begins again at the front,
//! so that a ring of which little is used touches few pages. The reader takes record `done + 1` from where it expects it,
//! or from the front.
//!
//! # Protocol
//!
//! 1. `append` writes a record's words, then its number. The event is accepted with that store: it is in the page cache,
//!    and no death of any process takes it from there.
//! 2. A reader that finds the number it looks for finds the rest of the record.
//! 3. When the queue has the events, the reader moves `done`. A process that dies before that leaves them to be sent again.
//! 4. A slot is written anew only when `done` has passed what is in it.
//!
//! Whoever finds a file that nobody holds (its lock is gone with its owner) reads it in the same way, beginning with the
//! lowest number above `done`. A record that was half written, or half on disk when the power went, has a wrong sum or an
//! old number: it was never accepted, or is among those that a power failure takes.
//!
//! # Memory ordering
//!
//! - The number is stored with Release and loaded with Acquire: who sees it sees the record.
//! - `done` is stored with Release and loaded with Acquire: who writes a slot anew does so behind the last look at it.
//!
//! # Faults
//!
//! All of the file is allocated before it is mapped, so that a full disk is told then and not by a fault. What is left is a
//! disk that cannot read its own page back, which ends the process.

mod orphan;
mod ring;

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

pub use orphan::Orphan;
pub use ring::Record;
use ring::{BYTES, Ring};

use super::Event;

/// How a spool's name ends.
const ENDING: &str = "spool";
/// And that of one that is not whole yet.
const ASIDE: &str = "new";

/// The end at which events come in. One thread has it.
#[derive(Debug)]
pub struct Spool {
    ring: Arc<Ring>,
    /// The number of the next record.
    next: Cell<u64>,
    /// The slot of the last one.
    slot: Cell<usize>,
}

/// The end at which they go out. Another thread may have it.
#[derive(Debug)]
pub struct Reader {
    ring: Arc<Ring>,
    /// The slot of the record that was done with last.
    slot: usize,
}

impl Spool {
    /// Makes a spool of `bytes` in `directory`, if all there may take `total`. There is no room: `None`.
    ///
    /// # Errors
    ///
    /// What the kernel reports, but that the disk is full.
    pub fn create(directory: &Path, bytes: u64, total: u64) -> io::Result<Option<(Self, Reader)>> {
        // One at a time: what is free is free for one. What is half made under the lock of another is nobody's any more.
        let lock = File::open(directory)?;
        flock(&lock, FlockOperation::LockExclusive)?;
        for aside in files(directory, ASIDE)? {
            fs::remove_file(aside)?;
        }
        // What dead workers have left takes no more than what is in it.
        drop(Orphan::all(directory)?);
        let taken: u64 = files(directory, ENDING)?.iter().map(|path| length(path)).sum();
        let slots = (bytes / BYTES).saturating_sub(1);
        if slots == 0 || taken + bytes > total {
            return Ok(None);
        }
        let mut id = [0; size_of::<u64>()];
        getrandom(&mut id, GetRandomFlags::empty())?;
        let id = u64::from_ne_bytes(id);
        // It has another name until it is whole and locked, so that nobody takes it for left behind.
        let path = directory.join(format!("{id:016x}.{ENDING}"));
        let aside = path.with_extension(ASIDE);
        let made = File::options().read(true).write(true).create_new(true).mode(0o600).open(&aside);
        let file = match made {
            Ok(file) => file,
            Err(error) if is_full(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        flock(&file, FlockOperation::LockExclusive)?;
        if !allocate(&file, (slots + 1) * BYTES)? {
            fs::remove_file(&aside)?;
            return Ok(None);
        }
        let ring = Ring::begin(file, path, id)?;
        fs::rename(aside, &ring.path)?;
        let ring = Arc::new(ring);
        let reader = Reader { ring: Arc::clone(&ring), slot: 0 };
        Ok(Some((Self { ring, next: Cell::new(1), slot: Cell::new(0) }, reader)))
    }

    /// Accepts an event; false when the ring is full.
    pub fn append(&self, event: Event) -> bool {
        let number = self.next.get();
        // Acquire pairs with `Reader::done`'s Release: the slot's reader has looked for the last time.
        let waiting = number - 1 - self.ring.done().load(Acquire);
        let slots = self.ring.slots;
        let slot = match waiting as usize {
            0 => 1,
            waiting if waiting == slots => return false,
            _ => self.slot.get() % slots + 1,
        };
        self.ring.write(slot, number, event);
        self.slot.set(slot);
        self.next.set(number + 1);
        true
    }
}

impl Reader {
    /// The next records, in their order, at most `most`.
    #[must_use]
    pub fn batch(&self, most: usize) -> Vec<Record> {
        let mut batch = Vec::new();
        let (mut slot, mut number) = (self.slot, self.ring.done().load(Relaxed));
        while batch.len() < most {
            number += 1;
            let following = slot % self.ring.slots + 1;
            let found = [following, 1].into_iter().find_map(|slot| {
                let record = self.ring.read(slot).filter(|record| record.number == number);
                record.map(|record| (slot, record))
            });
            let Some((there, record)) = found else { break };
            slot = there;
            batch.push(record);
        }
        batch
    }

    /// The queue has the next `count` records.
    pub fn done(&mut self, count: usize) {
        let done = self.ring.done().load(Relaxed);
        for number in done + 1..=done + count as u64 {
            let following = self.slot % self.ring.slots + 1;
            let there = self.ring.record(following)[0].load(Acquire) == number;
            self.slot = if there { following } else { 1 };
        }
        // Once: the event loop reads it for each event. Release pairs with `append`'s Acquire.
        self.ring.done().store(done + count as u64, Release);
    }

    /// Asks the disk to have what is waiting.
    ///
    /// # Errors
    ///
    /// What the kernel reports.
    pub fn sync(&self) -> io::Result<()> {
        self.ring.file.sync_data()
    }

    /// Removes the file.
    ///
    /// # Errors
    ///
    /// What the kernel reports.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.ring.path)
    }
}

/// The files in a directory whose names end so.
fn files(directory: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|its| its == ending));
    Ok(files)
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| data.len())
}

/// Takes so much of the disk for a file; false when there is not so much.
fn allocate(file: &File, bytes: u64) -> io::Result<bool> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes).map_err(io::Error::from) {
        Ok(()) => Ok(true),
        Err(error) if is_full(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the disk is full, or the user's share of it.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOSPC | Errno::DQUOT))
}
