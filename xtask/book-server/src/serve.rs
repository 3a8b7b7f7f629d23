//! The live book: rebuilt when anything that it is made from changes, served to this machine alone.
//!
//! One thread watches and builds; this one runs a small event loop that
//! answers from memory. Between them stands the last edition: a failed build replaces only its
//! list of defects, so the pages stay. Nothing that a request says is ever used as a file name.

mod answer;
mod api;
mod edition;
mod events;
mod guard;
mod memory;
mod news;
mod runs;
mod watch;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use answer::Answers;
use api::Api;
use edition::Edition;
use events::Events;
use guard::Guard;
use memory::Memory;
use runs::Runs;

/// Connections that wait in the kernel's queue; the standard library's are fewer, and a browser whose first packet is
/// dropped waits a second before it sends the next.
const WAITING_MAX: i32 = 1024;

/// How many ports are tried, from the wanted one on.
const PORTS_TRIED: u16 = 50;

/// What the live book is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The workspace.
    pub root: PathBuf,
    /// Where to listen.
    pub listen: IpAddr,
    /// The first port to try; 0 takes any.
    pub port: u16,
    /// Listening for other machines is meant.
    pub allow_remote: bool,
    /// How long a client may take for a request's head, and stay silent between two requests.
    pub header_timeout: Duration,
    /// Connections at a time; more wait in the kernel's queue.
    pub connections_max: usize,
    /// How the runner is started, in the workspace.
    pub runner: Vec<OsString>,
}

impl Options {
    /// This machine alone, at port 3000 or behind it.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 3000,
            allow_remote: false,
            header_timeout: Duration::from_secs(5),
            connections_max: 256,
            runner: ["cargo", "xtask"].map(OsString::from).into(),
        }
    }
}

/// Why the live book does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// Other machines would reach it.
    Remote(IpAddr),
    /// No port could be taken.
    Bind(SocketAddr, io::Error),
    /// The event loop, the watcher or the folder for pages could not be made.
    Start(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(address) => write!(
                f,
                "cannot listen on `{address}`: other machines could reach it (add `--allow-remote` if that is meant)"
            ),
            Self::Bind(address, error) => {
                write!(f, "cannot bind `{address}`: {error} (try another `--port`)")
            }
            Self::Start(error) => write!(f, "cannot start the live book: {error}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Remote(_) => None,
            Self::Bind(_, error) | Self::Start(error) => Some(error),
        }
    }
}

/// The live book with its port taken; nothing is built or answered yet.
#[derive(Debug)]
pub struct Server {
    options: Options,
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    ///
    /// The address is not this machine's alone and that is not allowed, or no port is free.
    pub fn bind(options: Options) -> Result<Self, ServeError> {
        if !options.listen.is_loopback() && !options.allow_remote {
            return Err(ServeError::Remote(options.listen));
        }
        let last = match options.port {
            0 => 0,
            port => port.saturating_add(PORTS_TRIED),
        };
        let mut port = options.port;
        let listener = loop {
            let address = SocketAddr::new(options.listen, port);
            match std::net::TcpListener::bind(address) {
                Ok(listener) => break listener,
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && port < last => port += 1,
                Err(error) => return Err(ServeError::Bind(address, error)),
            }
        };
        rustix::net::listen(&listener, WAITING_MAX)
            .map_err(|error| ServeError::Start(error.into()))?;
        let address = listener.local_addr().map_err(ServeError::Start)?;
        Ok(Self { options, listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to open in a browser on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        match self.address.ip() {
            ip if ip.is_unspecified() => format!("http://127.0.0.1:{}/", self.address.port()),
            _ => format!("http://{}/", self.address),
        }
    }

    /// Builds, watches and answers until `stop` is ready.
    ///
    /// # Errors
    ///
    /// The event loop or the watcher cannot be started.
    pub fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ServeError::Start)?;
        let Options { root, runner, allow_remote, .. } = self.options.clone();
        let token = guard::token().map_err(ServeError::Start)?;
        let (editions, last) = tokio::sync::watch::channel(Arc::new(Edition::none()));
        let memory = Arc::new(Memory::new(root.clone()));
        let watcher = watch::start(root.clone(), token.clone(), editions, Arc::clone(&memory))
            .map_err(ServeError::Start)?;
        let runs = Arc::new(Runs::new(root.clone(), runner));
        let events = Events::new(last.clone(), memory.follow(), Arc::clone(&runs));
        let api = Arc::new(Api::new(root, Arc::clone(&runs), memory));
        let guard = Guard::new(self.address, allow_remote, token);
        let answers = Arc::new(Answers { guard, editions: last, events, api });
        let served = runtime.block_on(async {
            self.listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(self.listener)?;
            tokio::select! {
                () = accept(&listener, &answers, &self.options) => {}
                () = stop => {}
            }
            Ok(())
        });
        runs.stop();
        // Connections end with the event loop; the watcher ends after the build that it may be in.
        drop(runtime);
        watcher.stop();
        served.map_err(ServeError::Start)
    }
}

async fn accept(listener: &TcpListener, answers: &Arc<Answers>, options: &Options) {
    let places = Arc::new(Semaphore::new(options.connections_max));
    let header_timeout = options.header_timeout;
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Mostly too many open files: the error stays for a while, so wait instead of spinning.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let answers = Arc::clone(answers);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answers = Arc::clone(&answers);
                async move { Ok::<_, std::convert::Infallible>(answers.answer(request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(header_timeout)
                .serve_connection(TokioIo::new(stream), service);
            // A client that breaks off or sends nonsense is its own affair.
            _ = connection.await;
            drop(place);
        });
    }
}

/// Says something in the terminal; a closed one is no reason to stop serving.
fn say(text: &str) {
    _ = writeln!(io::stderr(), "{text}");
}
