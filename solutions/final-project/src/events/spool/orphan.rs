//! What is left of a worker that died while events were waiting.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};

use rustix::fs::{FlockOperation, flock};

use super::ring::{BYTES, Ring};
use super::{ENDING, Reader, Record, files};

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
