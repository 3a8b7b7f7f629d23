#![allow(unused)] // delete when done
//! A bounded pool of buffers, for bytes that have to pass through this process.
//!
//! What TLS encrypts, or HTTP/2 cuts into frames, is read into memory first. A new buffer for each piece costs the work
//! of the allocator, zeroes that are overwritten at once, and, when the memory comes from the kernel, a fault for each
//! page. Here a buffer that came back is taken again.
//!
//! # A stack under a lock
//!
//! The last buffer to come back is the next to be taken, because the processor's cache still has it. A lock-free queue
//! is quicker by some nanoseconds, and hands out the buffer that has been idle longest: writing to that one costs many
//! times what the queue saves, when the idle ones together are larger than the cache.
//!
//! # Bounded
//!
//! A buffer is out or idle. A new one is made only when none is idle and fewer than the bound are out, so there are
//! never more than the bound. Who gets none sheds, or waits: a [`Budget`](crate::budget::Budget) of as many as there
//! are buffers, of which each takes a weight of 1, puts those who wait in order. The buffer must go before its weight.
//!
//! # A buffer never shows what was in it before
//!
//! Memory is not cleared when it changes hands; that would be one more write of each byte. Instead a buffer begins
//! empty and knows how many of its bytes are *filled*. Only those can be read. What lies behind them is stale, and may
//! be another client's. It is lent to nobody but the kernel, which overwrites it and says how much (`pread(2)`), or
//! overwritten with a slice. No method lends it to a closure or a `Read`: with one count that is too large, the
//! difference would go out to a stranger.
//!
//! Unsafe code can read it, and so can a debugger: who writes a secret into a buffer should overwrite it there.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::ops::{Deref, Range};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, PoisonError};

use crate::sync::{Mutex, MutexGuard};

/// Buffers of equal size. Clones are the same pool. It may be dropped before its buffers, which keep what they need of
/// it.
#[derive(Clone)]
pub struct Buffers(Arc<Pool>);

struct Pool {
    bytes_each: usize,
    count_max: usize,
    /// Held for a push or a pop, never while memory is allocated, freed or filled.
    shelf: Mutex<Shelf>,
}

struct Shelf {
    /// The last one to come back is the last one here. It has room for all, so coming back never allocates.
    idle: Vec<Box<[u8]>>,
    out: usize,
}

impl Buffers {
    /// A pool of at most `count_max` buffers of `bytes_each`. No buffer is made before it is taken.
    ///
    /// # Panics
    ///
    /// A list of `count_max` buffers is larger than the address space.
    #[must_use]
    pub fn new(bytes_each: usize, count_max: usize) -> Self {
        let shelf = Mutex::new(Shelf { idle: Vec::with_capacity(count_max), out: 0 });
        Self(Arc::new(Pool { bytes_each, count_max, shelf }))
    }

    /// An empty buffer, or `None` when as many as there may be are out. Allocates only if no buffer is idle.
    #[inline]
    #[must_use]
    pub fn take(&self) -> Option<Buffer> {
        // hold the lock for a pop and a count, not while memory is allocated
        todo!("an idle buffer, or a new one if fewer than the bound are out")
    }

    /// Frees the idle buffers that were used least recently, until `keep` are left.
    pub fn trim(&self, keep: usize) {
        let mut cold = Vec::with_capacity(self.0.count_max);
        let mut shelf = self.0.lock();
        let count = shelf.idle.len().saturating_sub(keep);
        cold.extend(shelf.idle.drain(..count));
        drop(shelf);
        drop(cold);
    }

    /// How many are out.
    #[must_use]
    pub fn out(&self) -> usize {
        self.0.lock().out
    }

    /// How many wait to be taken. These and those that are out are all that there are.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.0.lock().idle.len()
    }
}

impl Pool {
    /// Nothing panics under the lock.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Some bytes, and room for more. It goes back when it is dropped, on any thread.
///
/// It lends what is filled as a slice, and can own it for others, `bytes::Bytes::from_owner` for instance.
pub struct Buffer {
    /// Zeroes once, when they were made. Only what lies before `filled` may be seen.
    bytes: Box<[u8]>,
    filled: usize,
    pool: Arc<Pool>,
}

impl Buffer {
    /// How many bytes there is room for.
    #[inline]
    #[must_use]
    pub fn room(&self) -> usize {
        self.bytes.len() - self.filled
    }

    /// Appends the beginning of `part` of a file, and moves the part's start behind what came. Afterwards the buffer is
    /// full or the part is empty. The file's own offset is neither used nor moved.
    ///
    /// It may wait for the disk: call it where that holds up nobody else.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEof`] when the file ends before the part does. Otherwise what the kernel reports. What
    /// came before the error is in the buffer, and not in the part.
    #[inline]
    pub fn fill(&mut self, file: &File, part: &mut Range<u64>) -> io::Result<()> {
        // `file.read_at` reads from a place, and may read less than it was asked for
        // 0 bytes are the end of the file: `ErrorKind::UnexpectedEof`; a signal (`Interrupted`) is no error
        todo!("read until the buffer is full or the part is empty, and move the part's start")
    }

    /// Makes it empty.
    #[inline]
    pub fn clear(&mut self) {
        self.filled = 0;
    }
}

/// Appends what there is room for: a full buffer takes 0 bytes, and [`write_all`](Write::write_all) says
/// [`ErrorKind::WriteZero`].
impl Write for Buffer {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        todo!("take what there is room for")
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is filled.
impl Deref for Buffer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        todo!("what may be seen, and nothing else")
    }
}

impl AsRef<[u8]> for Buffer {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for Buffer {
    #[inline]
    fn drop(&mut self) {
        // `mem::take` leaves an empty slice in its place
        todo!("the memory goes back to the shelf")
    }
}

// What is printed has none of the bytes: they belong to clients, and not into a log.

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (out, idle) = (self.out(), self.idle());
        f.debug_struct("Buffers").field("out", &out).field("idle", &idle).finish_non_exhaustive()
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (filled, room) = (self.filled, self.room());
        f.debug_struct("Buffer")
            .field("filled", &filled)
            .field("room", &room)
            .finish_non_exhaustive()
    }
}
