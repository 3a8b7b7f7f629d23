//! A stream that does what a test tells it, and remembers what was done to it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

/// How a message begins that says what the code under test did wrong, wherever in it that was noticed; the runner takes
/// it off.
pub const WRONG: &str = "witness: wrong: ";

/// Calls that bring nothing forward, one after the other, until the script calls it a busy loop.
const IDLE_CALLS_MAX: usize = 1000;

/// A scripted stream. Steps for `read` and for `write` are played in the order in which they were
/// added; when they are used up, reads return 0 (the end) and writes take everything. Clones share
/// one script, so that a test can look at a stream it has given away.
#[derive(Debug, Clone, Default)]
pub struct Script {
    inner: Rc<RefCell<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    reads: VecDeque<Result<Vec<u8>, ErrorKind>>,
    writes: VecDeque<Result<usize, ErrorKind>>,
    write_limit: Option<usize>,
    written: Vec<u8>,
    read_calls: usize,
    write_calls: usize,
    idle_calls: usize,
}

impl Script {
    /// A stream at its end, which takes every write whole.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A `read` that finds these bytes; what the caller's buffer has no room for is left for the
    /// next one.
    #[must_use]
    pub fn reads(self, bytes: impl AsRef<[u8]>) -> Self {
        self.inner.borrow_mut().reads.push_back(Ok(bytes.as_ref().to_vec()));
        self
    }

    /// A `read` that fails.
    #[must_use]
    pub fn read_fails(self, kind: ErrorKind) -> Self {
        self.inner.borrow_mut().reads.push_back(Err(kind));
        self
    }

    /// A `write` that takes at most so many bytes.
    #[must_use]
    pub fn write_takes(self, bytes: usize) -> Self {
        self.inner.borrow_mut().writes.push_back(Ok(bytes));
        self
    }

    /// A `write` that fails.
    #[must_use]
    pub fn write_fails(self, kind: ErrorKind) -> Self {
        self.inner.borrow_mut().writes.push_back(Err(kind));
        self
    }

    /// Every `write` without a step of its own takes at most so many bytes.
    #[must_use]
    pub fn every_write_takes(self, bytes: usize) -> Self {
        self.inner.borrow_mut().write_limit = Some(bytes);
        self
    }

    /// Everything that was written.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        self.inner.borrow().written.clone()
    }

    /// How often `read` was called: on a socket, as many system calls.
    #[must_use]
    pub fn read_calls(&self) -> usize {
        self.inner.borrow().read_calls
    }

    /// How often `write` was called.
    #[must_use]
    pub fn write_calls(&self) -> usize {
        self.inner.borrow().write_calls
    }
}

impl Inner {
    /// Ends a loop that would never end: a test that hangs says less than one that fails. The place that it names is
    /// the call.
    #[track_caller]
    fn note(&mut self, moved: usize, call: &str) {
        self.idle_calls = if moved > 0 { 0 } else { self.idle_calls + 1 };
        assert!(
            self.idle_calls < IDLE_CALLS_MAX,
            "{WRONG}busy loop: `{call}` was called again, although the last {IDLE_CALLS_MAX} calls moved no byte"
        );
    }
}

impl Read for Script {
    #[track_caller]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let inner = &mut *self.inner.borrow_mut();
        inner.read_calls += 1;
        let taken = match inner.reads.pop_front() {
            Some(Ok(mut bytes)) => {
                let taken = bytes.len().min(buffer.len());
                buffer[..taken].copy_from_slice(&bytes[..taken]);
                if taken < bytes.len() {
                    inner.reads.push_front(Ok(bytes.split_off(taken)));
                }
                taken
            }
            Some(Err(kind)) => {
                inner.note(0, "read");
                return Err(kind.into());
            }
            None => 0,
        };
        inner.note(taken, "read");
        Ok(taken)
    }
}

impl Write for Script {
    #[track_caller]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let inner = &mut *self.inner.borrow_mut();
        inner.write_calls += 1;
        let limit = match inner.writes.pop_front() {
            Some(Ok(limit)) => limit,
            Some(Err(kind)) => {
                inner.note(0, "write");
                return Err(kind.into());
            }
            None => inner.write_limit.unwrap_or(bytes.len()),
        };
        let taken = limit.min(bytes.len());
        inner.written.extend_from_slice(&bytes[..taken]);
        inner.note(taken, "write");
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
