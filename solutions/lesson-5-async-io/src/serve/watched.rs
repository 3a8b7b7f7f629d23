//! A stream and two bodies that tell the connection's status what passes through them.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};

use super::outbox::{Outbox, Spare, Wrote};
use super::phase::{Phase, Status};
use super::registry::Clock;

/// What both ends of a conversation note.
#[derive(Debug, Clone)]
pub(super) struct Notes {
    pub(super) status: Rc<Status>,
    pub(super) clock: Rc<Clock>,
}

impl Notes {
    pub(super) fn enter(&self, phase: Phase) {
        self.status.enter(phase, self.clock.now());
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

    /// The peer has taken bytes, or would have to.
    fn wrote<R>(&self, result: &Poll<R>) {
        self.notes.status.wrote(result.is_ready(), self.notes.clock.now());
    }
}

impl<T: Write + Unpin> Watched<T> {
    /// Sends what hyper has written.
    pub(super) fn poll_send(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut outbox = self.outbox.borrow_mut();
        if !outbox.is_empty() {
            let result = outbox.poll_send(context);
            self.wrote(&result);
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
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.outbox.borrow_mut().stream).poll_read(context, buffer))?;
        // Also at the end of the stream: then nobody looks at the phase any more.
        self.notes.status.received(self.notes.clock.now());
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
        let result = self.outbox.borrow_mut().poll_take(context, slices, copy);
        if !matches!(result, Poll::Ready(Ok((_, Wrote::Nothing)))) {
            self.wrote(&result);
        }
        result.map_ok(|(count, _)| count)
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
        Pin::new(&mut self.outbox.borrow_mut().stream).poll_shutdown(context)
    }
}

/// A request's body on its way in.
#[derive(Debug)]
pub struct Receiving {
    pub(super) body: Incoming,
    pub(super) notes: Notes,
}

impl Body for Receiving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        // A chunked body says only with its last frame that it has ended.
        let ended = frame.is_none() || self.body.is_end_stream();
        if ended && self.notes.status.phase() == Phase::Body {
            self.notes.enter(Phase::Working);
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
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Sending<B> {
    fn drop(&mut self) {
        self.notes.status.body_taken();
    }
}
