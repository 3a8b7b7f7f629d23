#![allow(unused)] // delete when done
//! A server that gives each connection a thread as long as it has some, and says so when it has none.
//!
//! One thread accepts, and hands each connection to a pool: so many are served at once, so many wait for a thread. What comes
//! beyond that is answered at once: 503, and when to come again. So memory stays flat however many come, and nobody waits for
//! an answer that would come too late.
//!
//! # Stopping
//!
//! A thread that waits for a client's next request would wait as long as the client likes. So connections that are open stand
//! in a list, and a stop shuts the *reading* side of each. A thread that waits there sees the end of the stream, as if the
//! client had said everything; one that works on a request writes its answer first; and what has arrived already can still
//! be read.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use crate::pool::{Pool, Unfinished};

mod open;
mod refusal;

use open::Open;
use refusal::Refusals;

/// How long the thread that accepts rests when the kernel has no descriptor for it.
const REST: Duration = Duration::from_millis(10);

/// What a server may use.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// As many connections are served at once.
    pub threads: NonZeroUsize,
    /// As many wait for a thread.
    pub waiting_max: usize,
    /// When a client may come again that was refused; it is told whole seconds.
    pub retry_after: Duration,
}

/// A server that runs, until [`Server::stop`].
#[derive(Debug)]
pub struct Server {
    listener: Arc<TcpListener>,
    shared: Arc<Shared>,
    accepting: JoinHandle<Pool>,
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    open: Open,
    refused: AtomicU64,
}

/// What serves a connection, from its first byte to its last.
type Serve = dyn Fn(&TcpStream) + Send + Sync;

/// What the thread that accepts has.
struct Acceptor {
    listener: Arc<TcpListener>,
    pool: Pool,
    refusals: Refusals,
    shared: Arc<Shared>,
    connections_max: usize,
    serve: Arc<Serve>,
}

impl Server {
    /// Begins to accept. Each connection is given to `serve`, on a thread of its own, and closed when that returns.
    ///
    /// # Errors
    ///
    /// The kernel refuses a thread.
    pub fn start(
        listener: TcpListener,
        options: Options,
        serve: impl Fn(&TcpStream) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = Arc::new(listener);
        let shared = Arc::new(Shared::default());
        let connections_max = options.threads.get() + options.waiting_max;
        let acceptor = Acceptor {
            listener: Arc::clone(&listener),
            // There is room for each that is let in, also before a thread has taken the first one.
            pool: Pool::new("serve", options.threads, connections_max)?,
            refusals: Refusals::start(options.retry_after)?,
            shared: Arc::clone(&shared),
            connections_max,
            serve: Arc::new(serve),
        };
        let thread = thread::Builder::new().name("accept".to_owned());
        let accepting = thread.spawn(move || acceptor.run())?;
        Ok(Self { listener, shared, accepting })
    }

    /// How many connections were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Relaxed)
    }

    /// Accepts nothing more, lets every request be answered that has arrived on an accepted connection, and ends. Whoever
    /// waits in the kernel's queue is reset.
    ///
    /// # Errors
    ///
    /// Some are not answered within `deadline`.
    pub fn stop(self, deadline: Duration) -> Result<(), Unfinished> {
        self.shared.stopping.store(true, SeqCst);
        // Linux ends `accept`, the one that waits and all that come, with an error.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Read);
        let pool = self.accepting.join().expect("accepting does not panic");
        todo!("end what waits for a client, and give the rest until the deadline")
    }
}

impl Acceptor {
    /// Until the server stops.
    fn run(self) -> Pool {
        self.accept_all();
        self.refusals.end();
        self.pool
    }

    fn accept_all(&self) {
        // when it stops, `accept` returns an error, each time; `self.shared.stopping` says why
        todo!("accept and admit, until the server stops; one bad connection is no reason to")
    }

    /// Lets a connection in, or refuses it.
    fn admit(&self, stream: TcpStream) {
        let stream = Arc::new(stream);
        todo!("add it to those that are open and submit a job; or count and refuse it")
    }
}
