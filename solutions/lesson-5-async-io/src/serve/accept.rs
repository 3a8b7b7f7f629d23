//! The loop that accepts.

use std::future::poll_fn;
use std::io;
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

use super::connection::talk;
use super::registry::Server;
use super::watched::Receiving;

/// How long the loop rests when the system has nothing left to accept with. The listener stays
/// readable meanwhile, so that without a rest the loop would spin.
const REST: Duration = Duration::from_millis(100);

impl<S, B> Server<S>
where
    S: Service<Request<Receiving>, Response = Response<B>> + 'static,
    S::Future: Unpin,
    S::Error: std::error::Error + Send + Sync + 'static,
    B: Body + Unpin + 'static,
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
        loop {
            self.room().await;
            match self.accept_one(listener).await {
                None => {}
                Some(Ok(stream)) => {
                    spawn_local(Rc::clone(self).serve(TokioIo::new(stream)));
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
    }

    /// The next connection; or none when another listener has taken the last room meanwhile.
    async fn accept_one(&self, listener: &TcpListener) -> Option<io::Result<TcpStream>> {
        poll_fn(|context| {
            if self.is_full() {
                return Poll::Ready(None);
            }
            listener.poll_accept(context).map_ok(|(stream, _)| stream).map(Some)
        })
        .await
    }

    /// Serves one connection that somebody else has accepted. It counts from the call on.
    pub fn serve<T>(self: Rc<Self>, stream: T) -> impl Future<Output = ()>
    where
        T: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    {
        let (status, registered) = self.register();
        async move {
            talk(&self, &status, stream).await;
            drop(registered);
        }
    }
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
        match Errno::from_io_error(error) {
            Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => Self::Passing,
            Some(Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP) => Self::Lasting,
            _ => Self::OneConnection,
        }
    }
}
