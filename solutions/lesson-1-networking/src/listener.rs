//! A listening socket with every option set that a server wants, before the first client arrives.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use std::{error, fmt, io};

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

/// What is set on the listening socket, and through it on the connections that it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenOptions {
    /// How many connections may wait, established, for `accept`. The kernel takes the smaller of
    /// this and `net.core.somaxconn`.
    pub backlog: i32,
    /// When a silent connection is asked whether its peer is still there.
    pub keep_alive: KeepAlive,
}

/// A dead peer is noticed after `idle + interval * probes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// The silence before the first probe, in whole seconds. Linux's default is two hours.
    pub idle: Duration,
    /// The time between probes, in whole seconds.
    pub interval: Duration,
    /// How many probes go unanswered before the connection is reset.
    pub probes: u32,
}

impl Default for ListenOptions {
    /// A backlog of 4096, the value of `net.core.somaxconn` since Linux 5.4; a dead peer is noticed
    /// after two minutes.
    fn default() -> Self {
        let keep_alive = KeepAlive {
            idle: Duration::from_secs(60),
            interval: Duration::from_secs(10),
            probes: 6,
        };
        Self { backlog: 4096, keep_alive }
    }
}

/// Why there is no listening socket.
#[derive(Debug)]
pub struct ListenError {
    /// The address that was asked for.
    pub address: SocketAddr,
    /// What the kernel said.
    pub cause: io::Error,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // ANCHOR: display
        // TASK: name the address: cannot listen on `127.0.0.1:80`
        write!(f, "cannot listen on `{}`", self.address)
        // ANCHOR_END: display
    }
}

impl error::Error for ListenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Listens on `address`; port 0 lets the kernel choose one.
///
/// On the socket: `SO_REUSEADDR`, so that a restarted server need not wait for old connections in
/// TIME-WAIT; `SO_REUSEPORT`, so that several processes can listen on the port, each with a queue
/// of its own; the backlog. For what it accepts, which on Linux inherits it: `TCP_NODELAY`, and
/// `SO_KEEPALIVE` with its three times.
///
/// # Errors
///
/// [`ListenError`] when the kernel refuses a step.
pub fn listen(address: SocketAddr, options: &ListenOptions) -> Result<TcpListener, ListenError> {
    open(address, options).map_err(|cause| ListenError { address, cause })
}

fn open(address: SocketAddr, options: &ListenOptions) -> io::Result<TcpListener> {
    // ANCHOR: open
    // TASK: make a socket for the address's family, set its options, bind it, listen
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_tcp_nodelay(true)?;
    let KeepAlive { idle, interval, probes } = options.keep_alive;
    let keep_alive =
        TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes);
    socket.set_tcp_keepalive(&keep_alive)?;
    socket.bind(&address.into())?;
    socket.listen(options.backlog)?;
    Ok(socket.into())
    // ANCHOR_END: open
}
