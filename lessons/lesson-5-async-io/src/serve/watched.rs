//! A stream and two bodies that tell the connection's status what passes through them.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Buf, Bytes, Frame, Incoming, SizeHint};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};

use super::Peer;
use super::outbox::{Outbox, Spare};
use super::phase::{Phase, Status};
use super::registry::Clock;
use super::streams::Seat;

/// What both ends of a conversation note.
#[derive(Debug, Clone)]
pub(super) struct Notes {
    /// Of the connection, or of the stream.
    pub(super) status: Rc<Status>,
    pub(super) clock: Rc<Clock>,
    /// Of a stream: its place in the connection, until nobody has notes of it any more.
    pub(super) seat: Option<Rc<Seat>>,
}

impl Notes {
    pub(super) fn enter(&self, phase: Phase) {
        self.status.enter(phase, self.clock.now());
    }

    /// Whether they are a stream's.
    pub(super) fn is_stream(&self) -> bool {
        self.seat.is_some()
    }
}

/// Marks an answer, in its extensions, whose body nobody in this process may read: mapped pages, which
/// would be SIGBUS in a program and are an error in a system call.
#[derive(Debug, Clone, Copy)]
pub struct Uncopied;

/// A stream. hyper has one clone, and what drives hyper the other.
#[derive(Debug)]
pub(super) struct Watched<T> {
    outbox: Rc<RefCell<Outbox<T>>>,
    notes: Notes,
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Self { outbox: Rc::clone(&self.outbox), notes: self.notes.clone() }
    }
}

impl<T> Watched<T> {
    pub(super) fn new(stream: T, notes: Notes, spare: Spare) -> Self {
        Self { outbox: Rc::new(RefCell::new(Outbox::new(stream, spare))), notes }
    }

    /// The stream had taken `before` bytes before this write. What it did not take, or did not hand on, waits for the peer.
    fn wrote(&self, before: u64, waits: bool) {
        let taken = self.outbox.borrow().taken() - before;
        self.notes.status.wrote(taken, waits, self.notes.clock.now());
    }
}

impl<T: Write + Unpin> Watched<T> {
    /// Sends what hyper has written.
    pub(super) fn poll_send(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut outbox = self.outbox.borrow_mut();
        if !outbox.is_empty() {
            let before = outbox.taken();
            let result = outbox.poll_send(context);
            let waits = result.is_pending() || outbox.has_refused();
            drop(outbox);
            self.wrote(before, waits);
            ready!(result)?;
        }
        self.notes.status.sent(self.notes.clock.now());
        Poll::Ready(Ok(()))
    }
}

impl<T: Read + Unpin> Read for Watched<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // SAFETY: bytes are only written into it, and none that was initialized becomes anything else.
        let mut read = ReadBuf::uninit(unsafe { buffer.as_mut() });
        let mut outbox = self.outbox.borrow_mut();
        ready!(Pin::new(&mut outbox.stream).poll_read(context, read.unfilled()))?;
        // Also at the end of the stream: then nobody looks at the phase any more.
        self.notes.status.received(read.filled(), self.notes.clock.now());
        let count = read.filled().len();
        // SAFETY: that many bytes at the cursor are filled, and so initialized: `read` is the same memory.
        unsafe { buffer.advance(count) };
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for Watched<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let copy = !self.notes.status.is_uncopied();
        let mut outbox = self.outbox.borrow_mut();
        let before = outbox.taken();
        let result = outbox.poll_take(context, slices, copy);
        let offered = outbox.taken() > before || outbox.has_refused();
        drop(outbox);
        if offered {
            // Until all of it is sent on, which is tried next.
            self.wrote(before, true);
        }
        result
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing goes out yet: what drives hyper sends as soon as hyper has done all that it can.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.notes.status.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        let ended = Pin::new(&mut self.outbox.borrow_mut().stream).poll_shutdown(context);
        if ended.is_pending() {
            // Of an encrypted stream the end is bytes, too.
            self.notes.status.wrote(0, true, self.notes.clock.now());
        }
        ended
    }
}

/// A request's body on its way in.
#[derive(Debug)]
pub struct Receiving {
    pub(super) body: Incoming,
    pub(super) notes: Notes,
}

impl Receiving {
    /// Who sends it.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.notes.status.peer.get()
    }
}

impl Body for Receiving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let (status, now) = (&self.notes.status, self.notes.clock.now());
        if self.notes.is_stream()
            && let Some(Ok(frame)) = &frame
        {
            status.received_body(frame.data_ref().map_or(0, Bytes::len), now);
        }
        // A chunked body says only with its last frame that it has ended.
        if frame.is_none() || self.body.is_end_stream() {
            status.body_ended(now);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body on its way out.
#[derive(Debug)]
pub(super) struct Sending<B> {
    pub(super) body: B,
    pub(super) notes: Notes,
}

impl<B: Body + Unpin> Body for Sending<B> {
    type Data = Held<B::Data>;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(|data| self.held(data)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Sending<B> {
    fn held<D>(&self, data: D) -> Held<D> {
        let notes = self.notes.is_stream().then(|| self.notes.clone());
        if let Some(notes) = &notes {
            notes.status.hold(notes.clock.now());
        }
        Held { data, notes }
    }
}

impl<B> Drop for Sending<B> {
    fn drop(&mut self) {
        self.notes.status.body_taken();
    }
}

/// Some bytes of an answer's body. In a stream they wait for the peer to make room, long after the body is taken: then they
/// hold its seat, and note how it goes on.
#[derive(Debug)]
pub(super) struct Held<D> {
    data: D,
    notes: Option<Notes>,
}

impl<D: Buf> Buf for Held<D> {
    fn remaining(&self) -> usize {
        self.data.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.data.chunk()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.data.chunks_vectored(slices)
    }

    fn advance(&mut self, count: usize) {
        self.data.advance(count);
        if let Some(notes) = &self.notes {
            notes.status.wrote(count as u64, true, notes.clock.now());
        }
    }
}

impl<D> Drop for Held<D> {
    fn drop(&mut self) {
        if let Some(notes) = &self.notes {
            notes.status.let_go();
        }
    }
}
