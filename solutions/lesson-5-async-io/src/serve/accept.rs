//! The loop that accepts.

use std::future::{Future, poll_fn, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use hyper::Request;
use hyper::Response;
use hyper::body::Body;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::phase::{Phase, Status};
use super::registry::Server;
use super::watched::Receiving;
use super::{Peer, connection, streams};

/// How long the loop rests when the system has nothing left to accept with. The listener stays
/// readable meanwhile, so that without a rest the loop would spin.
const REST: Duration = Duration::from_millis(100);

impl<S, B> Server<S>
where
    S: Service<Request<Receiving>, Response = Response<B>> + 'static,
    S::Future: Unpin + 'static,
    S::Error: std::error::Error + Send + Sync + 'static,
    B: Body + Unpin + 'static,
    B::Data: 'static,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    /// Accepts connections as long as there is room, and serves each in a task of its own on the
    /// surrounding [`LocalSet`](tokio::task::LocalSet). Several listeners may share the server.
    ///
    /// # Errors
    ///
    /// The listener is broken. What only concerns one connection, or passes, is none.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops accepting and loses no connection: what has not been accepted waits
    /// in the kernel's queue, and what has been goes on.
    pub async fn accept(self: &Rc<Self>, listener: &TcpListener) -> io::Error {
        self.accept_through(listener, |stream| ready(Ok(Channel::plain(TokioIo::new(stream)))))
            .await
    }

    /// As [`Server::accept`], where requests come behind a handshake. A handshake has as much time as a request's head.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancel safety
    ///
    /// As there.
    pub async fn accept_through<H, F, T>(
        self: &Rc<Self>,
        listener: &TcpListener,
        handshake: H,
    ) -> io::Error
    where
        H: Fn(TcpStream) -> F,
        F: Future<Output = io::Result<Channel<T>>> + 'static,
        T: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    {
        // ANCHOR: accept
        // TASK: wait for room, accept, and serve in a task of its own
        // STEP: go on whatever happens to one connection
        // STEP: `self.room`, `self.accept_one`, and `spawn_local(Rc::clone(self).serve_through(handshake(stream), peer))`
        // STEP: the `Peer` has the address of whoever has come, `to_canonical`: a listener for both versions gives IPv4 another form
        // STEP: an error is a `Trouble`: of one connection, passing (count it as `paused`, and rest), or lasting (return it)
        loop {
            self.room(listener).await;
            match self.accept_one(listener).await {
                None => {}
                Some(Ok((stream, address))) => {
                    let peer = Peer { address: address.ip().to_canonical(), ..Peer::default() };
                    spawn_local(Rc::clone(self).serve_through(handshake(stream), peer));
                }
                Some(Err(error)) => match Trouble::from(&error) {
                    Trouble::OneConnection => {}
                    Trouble::Passing => {
                        self.count(|statistics| statistics.paused += 1);
                        sleep(REST).await;
                    }
                    Trouble::Lasting => return error,
                },
            }
        }
        // ANCHOR_END: accept
    }

    /// The next connection; or none when another listener has taken the last room meanwhile.
    async fn accept_one(
        &self,
        listener: &TcpListener,
    ) -> Option<io::Result<(TcpStream, SocketAddr)>> {
        poll_fn(|context| {
            if self.is_full() {
                return Poll::Ready(None);
            }
            listener.poll_accept(context).map(Some)
        })
        .await
    }

    /// Serves one connection that somebody else has accepted. It counts from the call on.
    pub fn serve<T>(self: Rc<Self>, stream: T, peer: Peer) -> impl Future<Output = ()>
    where
        T: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    {
        self.serve_through(ready(Ok(Channel::plain(stream))), peer)
    }

    /// As [`Server::serve`], behind a handshake.
    pub fn serve_through<F, T>(self: Rc<Self>, handshake: F, peer: Peer) -> impl Future<Output = ()>
    where
        F: Future<Output = io::Result<Channel<T>>> + 'static,
        T: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    {
        let (status, registered) = self.register(peer);
        async move {
            if let Some(channel) = self.shake_hands(&status, handshake).await {
                match channel.protocol {
                    Protocol::Http1 => connection::talk(&self, &status, channel.stream).await,
                    Protocol::Http2 => streams::talk(&self, &status, channel.stream).await,
                }
            }
            drop(registered);
        }
    }

    /// What comes out of the handshake; nothing when it fails or takes too long.
    async fn shake_hands<T>(
        &self,
        status: &Status,
        handshake: impl Future<Output = io::Result<Channel<T>>>,
    ) -> Option<Channel<T>> {
        let mut handshake = pin!(handshake);
        let channel = poll_fn(|context| {
            if let Poll::Ready(opened) = handshake.as_mut().poll(context) {
                return Poll::Ready(opened.ok());
            }
            if status.phase() == Phase::Idle {
                status.enter(Phase::Head, self.clock.now());
            }
            status.poll_order(context).map(|_| None)
        });
        let channel = channel.await?;
        status.enter(Phase::Idle, self.clock.now());
        status.peer.set(Peer { secure: channel.secure, ..status.peer.get() });
        Some(channel)
    }
}

/// What requests come through.
#[derive(Debug)]
pub struct Channel<T> {
    /// The bytes.
    pub stream: T,
    /// What they mean.
    pub protocol: Protocol,
    /// Whether they are encrypted on their way.
    pub secure: bool,
}

impl<T> Channel<T> {
    /// HTTP/1.1 as it is.
    pub fn plain(stream: T) -> Self {
        Self { stream, protocol: Protocol::Http1, secure: false }
    }
}

/// How requests are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// One after the other (RFC 9112).
    Http1,
    /// In streams (RFC 9113).
    Http2,
}

/// How far an error of `accept(2)` reaches.
enum Trouble {
    /// The connection was gone before it was accepted; its own network errors come out here, too.
    OneConnection,
    /// No descriptors or no memory.
    Passing,
    /// The listener.
    Lasting,
}

impl From<&io::Error> for Trouble {
    fn from(error: &io::Error) -> Self {
        use rustix::io::Errno;
        // ANCHOR: trouble
        // TASK: say how far the error reaches: see ERRORS in accept(2)
        // STEP: `Errno::from_io_error` gives its number; there are four for the lack of something, and four for a listener
        // STEP: that is none; all others belong to one connection
        match Errno::from_io_error(error) {
            Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => Self::Passing,
            Some(Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP) => Self::Lasting,
            _ => Self::OneConnection,
        }
        // ANCHOR_END: trouble
    }
}
