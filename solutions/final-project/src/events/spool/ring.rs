//! The file in memory: a header, and records that are written and read word by word.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use memmap2::{Advice, MmapOptions, MmapRaw};
use xxhash_rust::xxh3::xxh3_64;

use crate::events::{Access, Event};
use crate::observe::context::TraceContext;

/// A word.
const WORD: usize = size_of::<u64>();
/// Words of a record, and of the header.
const RECORD: usize = 8;
/// Bytes of a record.
pub(super) const BYTES: u64 = (RECORD * WORD) as u64;
/// What a header begins with: `spool` and the version of this layout.
const MAGIC: u64 = u64::from_le_bytes(*b"spool\0\0\x01");
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
pub(super) struct Ring {
    /// It holds the lock.
    pub(super) file: File,
    pub(super) path: PathBuf,
    map: MmapRaw,
    pub(super) slots: usize,
}

impl Ring {
    /// One that this program has made. What is of another kind, or of another version of this program, is left alone.
    pub(super) fn known(file: File, path: PathBuf) -> io::Result<Option<Self>> {
        if file.metadata()?.len() < 2 * BYTES {
            return Ok(None);
        }
        let ring = Self::map(file, path)?;
        Ok((ring.record(0)[0].load(Relaxed) == MAGIC).then_some(ring))
    }

    /// A new one: the file is as long as it shall be, and has nothing in it.
    pub(super) fn begin(file: File, path: PathBuf, id: u64) -> io::Result<Self> {
        let ring = Self::map(file, path)?;
        ring.record(0)[0].store(MAGIC, Relaxed);
        ring.record(0)[1].store(id, Relaxed);
        let touched = TOUCHED.min(ring.map.len());
        // Where the kernel does not know it, the event loop touches the pages itself.
        let _ = ring.map.advise_range(Advice::PopulateWrite, 0, touched);
        Ok(ring)
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
    pub(super) fn record(&self, slot: usize) -> &[AtomicU64; RECORD] {
        assert!(slot <= self.slots);
        // SAFETY: the map has `slots + 1` records, is aligned to a page, and lives as long as `self`. Every pattern of bits
        // is a word, and other threads and processes change words in one step only. The file is made shorter only by who has
        // its lock, which `file` does, and `slots` with it.
        unsafe { &*self.map.as_ptr().cast::<[AtomicU64; RECORD]>().add(slot) }
    }

    pub(super) fn id(&self) -> u64 {
        self.record(0)[1].load(Relaxed)
    }

    pub(super) fn done(&self) -> &AtomicU64 {
        &self.record(0)[2]
    }

    /// The record in a slot, if it is whole.
    pub(super) fn read(&self, slot: usize) -> Option<Record> {
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

    pub(super) fn write(&self, slot: usize, number: u64, event: Event) {
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
