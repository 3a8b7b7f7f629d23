//! Answers that are sent together.
//!
//! Whatever hyper writes is collected here, and goes out with one system call when hyper has nothing
//! more to do: by then it has answered everything that had come. Pipelined requests so cost one
//! `write` together instead of one each.
//!
//! hyper has an option for this, `pipeline_flush`, which does not flush while there are unparsed bytes
//! in its own buffer. Those bytes can be garbage, or requests behind an answer that closes the
//! connection, or half a request; the answer before them is then lost, or waits (hyper 1.12,
//! `Buffered::poll_flush`). The option also copies every body, however large, into one buffer. Here, a
//! large one is handed to the kernel as it is.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use hyper::rt::Write;

/// Up to here bytes are collected; more are written through.
const COLLECTED_MAX: usize = 16 * 1024;
/// How many pieces one system call takes. hyper hands over a head and a body, or a chunk in three pieces.
const PIECES_MAX: usize = 8;

/// A buffer that an outbox takes when it needs one and gives back when that is empty, so that idle connections have none.
pub(super) type Spare = Rc<RefCell<Vec<u8>>>;

/// A stream, and what is to be written into it.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    pub(super) stream: T,
    collected: Vec<u8>,
    /// How much of it the kernel has.
    sent: usize,
    /// How many bytes the stream has taken, ever.
    taken: u64,
    /// Whether the stream may have kept some of them: one that encrypts does.
    kept: bool,
    /// Whether the last piece that was to be written found no room, or not for all of it.
    refused: bool,
    spare: Spare,
}

impl<T> Outbox<T> {
    pub(super) fn new(stream: T, spare: Spare) -> Self {
        let collected = Vec::new();
        Self { stream, collected, sent: 0, taken: 0, kept: false, refused: false, spare }
    }

    /// Whether the kernel has all that was written.
    pub(super) fn is_empty(&self) -> bool {
        self.collected.is_empty() && !self.kept
    }

    /// Whether somebody holds what did not find room here.
    pub(super) fn has_refused(&self) -> bool {
        self.refused
    }

    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    fn collect(&mut self, slices: &[IoSlice<'_>]) {
        if self.collected.capacity() == 0 {
            self.collected = self.spare.take();
        }
        slices.iter().for_each(|slice| self.collected.extend_from_slice(slice));
    }

    fn take(&mut self, count: usize) {
        self.taken += count as u64;
        self.kept |= count > 0;
    }

    /// `count` bytes more of what is collected are gone.
    fn advance(&mut self, count: usize) {
        self.sent += count;
        if self.sent == self.collected.len() {
            self.collected.clear();
            self.sent = 0;
            self.spare.replace(mem::take(&mut self.collected));
        }
    }
}

impl<T: Write + Unpin> Outbox<T> {
    /// Writes all that is collected, and has the stream hand it on.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.collected.is_empty() {
            let rest = &self.collected[self.sent..];
            let count = ready!(Pin::new(&mut self.stream).poll_write(context, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.take(count);
            self.advance(count);
        }
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.kept = false;
        Poll::Ready(Ok(()))
    }

    /// Collects `slices`; or, when they are large or must not be copied, writes them behind what is collected.
    pub(super) fn poll_take(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
        copy: bool,
    ) -> Poll<io::Result<usize>> {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        if copy && self.collected.len() + length <= COLLECTED_MAX {
            self.collect(slices);
            self.refused = false;
            return Poll::Ready(Ok(length));
        }
        self.refused = true;
        let count = ready!(self.poll_write_through(context, slices))?;
        self.refused = count < length;
        Poll::Ready(Ok(count))
    }

    fn poll_write_through(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            let collected = self.collected.len() - self.sent;
            let mut pieces = [IoSlice::new(&[]); PIECES_MAX];
            pieces[0] = IoSlice::new(&self.collected[self.sent..]);
            let count = slices.len().min(PIECES_MAX - 1);
            pieces[1..=count].copy_from_slice(&slices[..count]);
            // Without an empty piece in front.
            let pieces = &pieces[usize::from(collected == 0)..=count];
            let count = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces))?;
            self.take(count);
            if collected > 0 {
                self.advance(count.min(collected));
            }
            if count > collected || count == 0 {
                return Poll::Ready(Ok(count.saturating_sub(collected)));
            }
        }
    }
}
