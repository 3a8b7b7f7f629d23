//! One connection, from its first byte to its end.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::rt::{Read, ReadBuf, Write};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};

use super::phase::{Order, Phase, Status};
use super::registry::Server;
use super::watched::{Notes, Receiving, Sending, Uncopied, Watched};

/// Talks until one of both has nothing more to say, then says goodbye.
pub(super) async fn talk<S, B, T>(server: &Rc<Server<S>>, status: &Rc<Status>, stream: T)
where
    S: Service<Request<Receiving>, Response = Response<B>>,
    S::Future: Unpin,
    S::Error: Error + Send + Sync + 'static,
    B: Body + Unpin + 'static,
    B::Error: Error + Send + Sync + 'static,
    T: Read + Write + Unpin + 'static,
{
    let clock = Rc::clone(&server.clock);
    let notes = Notes { status: Rc::clone(status), clock, seat: None };
    let stream = Watched::new(stream, notes.clone(), Rc::clone(&server.spare));
    let service = Attended { server: Rc::clone(server), notes: notes.clone() };
    let mut connection = http1::Builder::new()
        .max_buf_size(server.limits.head_bytes)
        .serve_connection(stream.clone(), service);
    let conversation = poll_fn(|context| {
        while let Poll::Ready(order) = status.poll_order(context) {
            match order {
                Order::Finish => Pin::new(&mut connection).graceful_shutdown(),
                Order::Cut => return Poll::Ready(End::Cut),
            }
        }
        // What goes wrong in a conversation is the peer's business, or it has been answered.
        if connection.poll_without_shutdown(context).is_ready() {
            return Poll::Ready(End::Finished);
        }
        match stream.poll_send(context) {
            Poll::Ready(Err(_)) => Poll::Ready(End::Cut),
            _ => Poll::Pending,
        }
    });
    if conversation.await == End::Finished {
        drop(connection);
        say_goodbye(stream, &notes).await;
    }
}

/// How a conversation ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Finished,
    Cut,
}

/// Sends what is left and closes the sending half, then reads until the peer closes its own. A
/// socket that is closed with unread bytes in it sends a reset, and a reset can overtake the answer
/// that was sent before it (RFC 9112 §9.6). Who goes on sending as if nothing had been said is reset all the same.
pub(super) async fn say_goodbye<T>(mut stream: Watched<T>, notes: &Notes)
where
    T: Read + Write + Unpin,
{
    notes.enter(Phase::Writing);
    let mut left = LINGER_BYTES;
    poll_fn(|context| {
        // It finishes already; each look that finds an order must be followed by one that finds none, which waits.
        while let Poll::Ready(order) = notes.status.poll_order(context) {
            if order == Order::Cut {
                return Poll::Ready(());
            }
        }
        if notes.status.phase() != Phase::Closing {
            if ready!(Pin::new(&mut stream).poll_shutdown(context)).is_err() {
                return Poll::Ready(());
            }
            notes.enter(Phase::Closing);
        }
        while left > 0 {
            let mut bytes = [0; 4096];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut stream).poll_read(context, buffer.unfilled()));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
            left = left.saturating_sub(buffer.filled().len());
        }
        Poll::Ready(())
    })
    .await;
}

/// How much is read of a connection that is closed: more than lies between two sockets on most ways.
const LINGER_BYTES: usize = 512 * 1024;

/// The service, for one connection.
struct Attended<S> {
    server: Rc<Server<S>>,
    notes: Notes,
}

impl<S, B> Service<Request<Incoming>> for Attended<S>
where
    S: Service<Request<Receiving>, Response = Response<B>>,
    S::Future: Unpin,
    B: Body + Unpin,
{
    type Response = Response<Sending<B>>;
    type Error = S::Error;
    type Future = Answering<S, S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        Answering::begin(&self.server, request, self.notes.clone())
    }
}

/// An answer in the making.
pub(super) struct Answering<S, F> {
    server: Rc<Server<S>>,
    answer: F,
    notes: Notes,
}

impl<S, F> Answering<S, F> {
    /// Hands the request to the service.
    pub(super) fn begin(server: &Rc<Server<S>>, request: Request<Incoming>, notes: Notes) -> Self
    where
        S: Service<Request<Receiving>, Future = F>,
    {
        notes.enter(if request.body().is_end_stream() { Phase::Working } else { Phase::Body });
        let request = request.map(|body| Receiving { body, notes: notes.clone() });
        Self { answer: server.service.call(request), server: Rc::clone(server), notes }
    }
}

impl<S, F, B, E> Future for Answering<S, F>
where
    F: Future<Output = Result<Response<B>, E>> + Unpin,
    B: Body + Unpin,
{
    type Output = Result<Response<Sending<B>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(Pin::new(&mut self.answer).poll(context))?;
        self.notes.enter(Phase::Writing);
        if response.extensions().get::<Uncopied>().is_some() {
            self.notes.status.set_uncopied();
        }
        let ends = self.server.is_ending() || self.notes.status.is_ambiguous();
        if ends && !self.notes.is_stream() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(Ok(response.map(|body| Sending { body, notes: self.notes.clone() })))
    }
}
