//! Connections: how they come about, and what drives them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::{Rc, Weak};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

use super::Shared;
use super::dns::Resolve;
use super::error::ClientError;
use super::places::Place;
use super::target::Name;
use crate::pool::Manage;

/// Connects to an address.
pub trait Connect: 'static {
    /// What bytes go through.
    type Stream: Read + Write + Unpin + 'static;

    /// A stream to `address`.
    ///
    /// # Errors
    ///
    /// Nobody listens there, or nobody knows.
    fn connect(&self, address: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>>;
}

/// Connects over TCP, without Nagle's algorithm: a request is written at once, and waits for nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp;

impl Connect for Tcp {
    type Stream = TokioIo<TcpStream>;

    async fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(TokioIo::new(stream))
    }
}

/// The longest head of an answer, in bytes, and how much is read at once.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A connection to an authority. Dropping it closes the socket, in the next turn of the event loop.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    /// What reads and writes. It has the socket and the place.
    driver: JoinHandle<()>,
    /// Not in the middle of an exchange, and not at its end.
    pub(super) reusable: bool,
    /// It has been used before.
    pub(super) used: bool,
}

impl Connection {
    async fn over<S>(stream: S, place: Place) -> Result<Self, ClientError>
    where
        S: Read + Write + Unpin + 'static,
    {
        let (sender, connection) =
            http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(stream).await?;
        let driver = spawn_local(async move {
            // How it ends is told to whoever waits for an answer.
            let _ = connection.await;
            drop(place);
        });
        Ok(Self { sender, driver, reusable: true, used: false })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Makes the connections to one authority.
pub(super) struct Dialer<R: Resolve, C: Connect> {
    /// Weak: the client has the pool, and the pool has this.
    shared: Weak<Shared<R, C>>,
    name: Name,
}

impl<R: Resolve, C: Connect> Dialer<R, C> {
    pub(super) fn new(shared: &Rc<Shared<R, C>>, name: Name) -> Self {
        Self { shared: Rc::downgrade(shared), name }
    }

    async fn addresses(&self, shared: &Shared<R, C>) -> Result<Rc<[IpAddr]>, ClientError> {
        if let Some(address) = self.name.address() {
            return Ok([address].into());
        }
        let host = &self.name.host;
        let found = shared.dns.lookup(host).await;
        found.map_err(|cause| ClientError::Resolve { host: host.clone(), cause })
    }

    /// A stream to the first address that answers.
    async fn dial(&self, shared: &Shared<R, C>, to: &[IpAddr]) -> Result<C::Stream, ClientError> {
        let mut failed = ClientError::Gone;
        for &address in to {
            let address = SocketAddr::new(address, self.name.port);
            let connecting = shared.connector.connect(address);
            let cause = match timeout(shared.options.connect_max, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => error,
                Err(_) => io::ErrorKind::TimedOut.into(),
            };
            failed = ClientError::Connect { address, cause };
        }
        shared.dns.doubt(&self.name.host);
        Err(failed)
    }
}

impl<R: Resolve, C: Connect> Manage for Dialer<R, C> {
    type Resource = Connection;
    type Error = ClientError;

    async fn create(&self) -> Result<Connection, ClientError> {
        let shared = self.shared.upgrade().ok_or(ClientError::Gone)?;
        let addresses = self.addresses(&shared).await?;
        let place = shared.places.take(|| shared.authorities.evict()).await;
        let stream = self.dial(&shared, &addresses).await?;
        Connection::over(stream, place).await
    }

    fn is_broken(&self, connection: &Connection) -> bool {
        !connection.reusable || connection.sender.is_closed()
    }

    async fn check(&self, _: &mut Connection) -> bool {
        true
    }

    /// Nobody needs it here, and somebody needs its place.
    fn on_idle(&self) {
        if let Some(shared) = self.shared.upgrade()
            && shared.places.are_awaited()
        {
            shared.authorities.evict();
        }
    }
}
