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

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use memmap2::{Advice, MmapOptions, MmapRaw};
use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use xxhash_rust::xxh3::xxh3_64;

use super::{Access, Event};
use crate::observe::context::TraceContext;

/// A word.
const WORD: usize = size_of::<u64>();
/// Words of a record, and of the header.
const RECORD: usize = 8;
/// Bytes of a record.
const BYTES: u64 = (RECORD * WORD) as u64;
/// What a header begins with: `spool` and the version of this layout.
const MAGIC: u64 = u64::from_le_bytes(*b"spool\0\0\x01");
/// How a spool's name ends.
const ENDING: &str = "spool";
/// And that of one that is not whole yet.
const ASIDE: &str = "new";
/// What is brought into memory at once: what the event loop touches first.
const TOUCHED: usize = 256 * 1024;

/// An event with the id that it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Of the spool. No two have the same.
    pub spool: u64,
    /// Of the event in it.
    pub number: u64,
    /// The event.
    pub event: Event,
}

/// The file in memory.
#[derive(Debug)]
struct Ring {
    /// It holds the lock.
    file: File,
    path: PathBuf,
    map: MmapRaw,
    slots: usize,
}

impl Ring {
    /// One that this program has made. What is of another kind, or of another version of this program, is left alone.
    fn known(file: File, path: PathBuf) -> io::Result<Option<Self>> {
        if file.metadata()?.len() < 2 * BYTES {
            return Ok(None);
        }
        let ring = Self::map(file, path)?;
        Ok((ring.record(0)[0].load(Relaxed) == MAGIC).then_some(ring))
    }

    fn map(file: File, path: PathBuf) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        let slots = (bytes / BYTES).saturating_sub(1) as usize;
        let map = MmapOptions::new().len((slots + 1) * RECORD * WORD).map_raw(&file)?;
        Ok(Self { file, path, map, slots })
    }

    /// The words of a record; slot 0 is the header.
    ///
    /// # Panics
    ///
    /// There is no such slot.
    fn record(&self, slot: usize) -> &[AtomicU64; RECORD] {
        assert!(slot <= self.slots);
        // SAFETY: the map has `slots + 1` records, is aligned to a page, and lives as long as `self`. Every pattern of bits
        // is a word, and other threads and processes change words in one step only. The file is made shorter only by who has
        // its lock, which `file` does, and `slots` with it.
        unsafe { &*self.map.as_ptr().cast::<[AtomicU64; RECORD]>().add(slot) }
    }

    fn id(&self) -> u64 {
        self.record(0)[1].load(Relaxed)
    }

    fn done(&self) -> &AtomicU64 {
        &self.record(0)[2]
    }

    /// The record in a slot, if it is whole.
    fn read(&self, slot: usize) -> Option<Record> {
        let words = self.record(slot);
        // Acquire pairs with `write`'s Release.
        let number = words[0].load(Acquire);
        let rest: [u64; RECORD - 2] = std::array::from_fn(|word| words[word + 2].load(Relaxed));
        let [time, user, what, high, low, span] = rest;
        let trace = (u128::from(high) << 64) | u128::from(low);
        let sampled = what >> 24 & 1 == 1;
        let event = Event {
            time,
            user,
            status: (what & 0xffff) as u16,
            access: Access::of((what >> 16 & 0xff) as u8)?,
            trace: (trace != 0).then_some(TraceContext { trace, span, sampled }),
        };
        let whole = words[1].load(Relaxed) == sum(number, &rest);
        whole.then(|| Record { spool: self.id(), number, event })
    }

    fn write(&self, slot: usize, number: u64, event: Event) {
        let (trace, span, sampled) =
            event.trace.map_or((0, 0, false), |its| (its.trace, its.span, its.sampled));
        let what = u64::from(event.status) | (event.access as u64) << 16 | u64::from(sampled) << 24;
        let rest = [event.time, event.user, what, (trace >> 64) as u64, trace as u64, span];
        let words = self.record(slot);
        words[1].store(sum(number, &rest), Relaxed);
        for (word, value) in words[2..].iter().zip(rest) {
            word.store(value, Relaxed);
        }
        // Release pairs with `read`'s Acquire: with this store the event is accepted.
        words[0].store(number, Release);
    }
}

fn sum(number: u64, rest: &[u64; RECORD - 2]) -> u64 {
    let mut bytes = [0; (RECORD - 1) * WORD];
    for (bytes, word) in bytes.chunks_exact_mut(WORD).zip([number].iter().chain(rest)) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    xxh3_64(&bytes)
}

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
        let mut id = [0; WORD];
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
        let ring = Ring::map(file, path)?;
        ring.record(0)[0].store(MAGIC, Relaxed);
        ring.record(0)[1].store(id, Relaxed);
        let touched = TOUCHED.min(ring.map.len());
        // Where the kernel does not know it, the event loop touches the pages itself.
        let _ = ring.map.advise_range(Advice::PopulateWrite, 0, touched);
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

/// A spool whose owner is dead. It is read as it was written, record by record.
#[derive(Debug)]
pub struct Orphan(Reader);

impl Orphan {
    /// Those in `directory` that nobody has; what holds nothing is removed.
    ///
    /// # Errors
    ///
    /// What the kernel reports.
    pub fn all(directory: &Path) -> io::Result<Vec<Self>> {
        let mut orphans = Vec::new();
        for path in files(directory, ENDING)? {
            // It may be gone by now.
            let Ok(file) = File::options().read(true).write(true).open(&path) else { continue };
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
                continue;
            }
            // Whoever had it has removed it just before.
            if !path.exists() {
                continue;
            }
            let Some(ring) = Ring::known(file, path)? else { continue };
            orphans.extend(Self::adopt(ring)?);
        }
        Ok(orphans)
    }

    /// One that has something in it. The file is cut off behind that.
    fn adopt(mut ring: Ring) -> io::Result<Option<Self>> {
        let done = ring.done().load(Relaxed);
        let is_waiting = |slot: &usize| ring.read(*slot).is_some_and(|record| record.number > done);
        let Some(last) = (1..=ring.slots).rev().find(is_waiting) else {
            fs::remove_file(&ring.path)?;
            return Ok(None);
        };
        ring.slots = last;
        ring.file.set_len((last as u64 + 1) * BYTES)?;
        let mut orphan = Self(Reader { ring: Arc::new(ring), slot: 0 });
        orphan.find();
        Ok(Some(orphan))
    }

    /// Goes to the first record that is not done with. It follows the one before, except where a power failure has taken
    /// some in between.
    fn find(&mut self) {
        let Reader { ring, slot } = &mut self.0;
        let done = ring.done().load(Relaxed);
        let record = |slot| Some((ring.read(slot)?.number, slot));
        let waiting = (1..=ring.slots).filter_map(record).filter(|(number, _)| *number > done);
        if let Some((number, at)) = waiting.min() {
            *slot = at - 1;
            ring.done().store(number - 1, Release);
        }
    }

    /// The next records, in their order, at most `most`; none when all are done with.
    pub fn batch(&mut self, most: usize) -> Vec<Record> {
        let batch = self.0.batch(most);
        if batch.is_empty() {
            self.find();
            return self.0.batch(most);
        }
        batch
    }

    /// The queue has the next `count` records.
    pub fn done(&mut self, count: usize) {
        self.0.done(count);
    }

    /// Removes the file.
    ///
    /// # Errors
    ///
    /// What the kernel reports.
    pub fn remove(&self) -> io::Result<()> {
        self.0.remove()
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
