//! A connection of HTTP/2: many requests at a time.
//!
//! What bounds a peer here (RFC 9113, section 10.5):
//!
//! - how many streams are open at once: one more is refused;
//! - what of bodies may have come without being read, over all streams: the connection's window;
//! - how large the fields of a request may be, decoded, and however many CONTINUATION frames bring them;
//! - how many streams may be opened and given up before they are looked at ("rapid reset", CVE-2023-44487): the
//!   connection ends with ENHANCE_YOUR_CALM;
//! - the phases of each stream, as those of a connection with one request at a time.

use std::cell::Cell;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use hyper::body::{Body, Incoming};
use hyper::rt::{Executor, Read, Write};
use hyper::server::conn::http2;
use hyper::service::Service;
use hyper::{Request, Response};
use tokio::task::spawn_local;

use super::connection::{Answering, End, say_goodbye};
use super::phase::{Order, Status};
use super::registry::{Clock, Server};
use super::watched::{Notes, Receiving, Sending, Watched};

/// What may be on its way to one stream, and to all of a connection. Bodies are read as they come, so this bounds only what
/// lies between the socket and whoever reads.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// What of an answer may wait for a stream's window.
const SEND_BYTES_MAX: usize = 64 * 1024;
/// How many streams may be reset before the service has seen them.
const PENDING_RESETS_MAX: usize = 20;
/// How many streams this side may reset because the peer broke a rule.
const LOCAL_RESETS_MAX: usize = 100;

/// Talks until one of both has nothing more to say.
pub(super) async fn talk<S, B, T>(server: &Rc<Server<S>>, connection: &Rc<Status>, stream: T)
where
    S: Service<Request<Receiving>, Response = Response<B>> + 'static,
    S::Future: Unpin + 'static,
    S::Error: Error + Send + Sync + 'static,
    B: Body + Unpin + 'static,
    B::Data: 'static,
    B::Error: Error + Send + Sync + 'static,
    T: Read + Write + Unpin + 'static,
{
    connection.set_multiplexed();
    let clock = Rc::clone(&server.clock);
    let notes = Notes { status: Rc::clone(connection), clock, seat: None };
    let stream = Watched::new(stream, notes.clone(), Rc::clone(&server.spare));
    let called = Rc::default();
    let tasks = Tasks { called: Rc::clone(&called) };
    let service = Streams { server: Rc::clone(server), connection: Rc::clone(connection), called };
    let mut conversation = http2::Builder::new(tasks)
        .max_concurrent_streams(server.limits.streams)
        .max_pending_accept_reset_streams(PENDING_RESETS_MAX)
        .max_local_error_reset_streams(LOCAL_RESETS_MAX)
        .max_header_list_size(u32::try_from(server.limits.head_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BYTES_MAX)
        .serve_connection(stream.clone(), service);
    if server.is_ending() {
        connection.order(Order::Finish);
    }
    let end = poll_fn(|context| {
        while let Poll::Ready(order) = connection.poll_order(context) {
            match order {
                Order::Finish => Pin::new(&mut conversation).graceful_shutdown(),
                Order::Cut => return Poll::Ready(End::Cut),
            }
        }
        let finished = Pin::new(&mut conversation).poll(context).is_ready();
        match stream.poll_send(context) {
            Poll::Ready(Err(_)) => Poll::Ready(End::Cut),
            _ if finished => Poll::Ready(End::Finished),
            _ => Poll::Pending,
        }
    });
    if end.await == End::Finished {
        drop(conversation);
        say_goodbye(stream, &notes).await;
    }
}

/// Streams are tasks of this thread. Each ends when it is told to: what it held is dropped then, and hyper resets it.
#[derive(Clone)]
struct Tasks {
    /// The stream for which the service was called. hyper has its task made right behind the call, and does not say whose
    /// it is.
    called: Called,
}

type Called = Rc<Cell<Option<Rc<Status>>>>;

impl<F> Executor<F> for Tasks
where
    F: Future<Output = ()> + 'static,
{
    fn execute(&self, stream: F) {
        let Some(status) = self.called.take() else {
            spawn_local(stream);
            return;
        };
        spawn_local(async move {
            let mut stream = pin!(stream);
            poll_fn(|context| match status.poll_order(context) {
                Poll::Ready(_) => Poll::Ready(()),
                Poll::Pending => stream.as_mut().poll(context),
            })
            .await;
        });
    }
}

/// A stream's place in its connection, until all its parts are gone.
#[derive(Debug)]
pub(super) struct Seat {
    connection: Rc<Status>,
    stream: Rc<Status>,
    clock: Rc<Clock>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connection.close_stream(&self.stream, self.clock.now());
    }
}

/// The service, for the streams of one connection.
struct Streams<S> {
    server: Rc<Server<S>>,
    connection: Rc<Status>,
    called: Called,
}

impl<S, B> Service<Request<Incoming>> for Streams<S>
where
    S: Service<Request<Receiving>, Response = Response<B>>,
    S::Future: Unpin,
    B: Body + Unpin,
{
    type Response = Response<Sending<B>>;
    type Error = S::Error;
    type Future = Answering<S, S::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let clock = Rc::clone(&self.server.clock);
        let status = self.connection.open_stream(clock.now());
        let (connection, stream) = (Rc::clone(&self.connection), Rc::clone(&status));
        self.called.set(Some(Rc::clone(&status)));
        let seat = Seat { connection, stream, clock: Rc::clone(&clock) };
        let notes = Notes { status, clock, seat: Some(Rc::new(seat)) };
        Answering::begin(&self.server, request, notes)
    }
}
