//! Connected sockets, and what the kernel knows about them.

use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

use crate::machine::environment;

/// How long a test's socket may wait for anything, so that no test hangs without the runner. The runner's
/// limit is shorter: it looks at what a test waits for before it ends it.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

/// Two ends of a new connection over loopback: who connected, who was connected to. Neither waits
/// for longer than [`WAIT_MAX`].
///
/// # Panics
///
/// As [`environment`], when loopback does not work.
#[must_use]
#[track_caller]
pub fn pair() -> (TcpStream, TcpStream) {
    let connect = || {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        let (server, _) = listener.accept()?;
        Ok((bounded(client)?, bounded(server)?))
    };
    connect().unwrap_or_else(|error: io::Error| {
        environment(&format!("cannot connect over loopback: {error}"))
    })
}

/// Gives a stream's reads and writes the time limit [`WAIT_MAX`].
///
/// # Errors
///
/// What the kernel reports.
pub fn bounded(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_read_timeout(Some(WAIT_MAX))?;
    stream.set_write_timeout(Some(WAIT_MAX))?;
    Ok(stream)
}

/// Connects to `address`, with the limit [`WAIT_MAX`].
///
/// # Errors
///
/// What the kernel reports.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    bounded(TcpStream::connect_timeout(&address, WAIT_MAX)?)
}

/// The queue of established connections that wait for `accept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcceptQueue {
    /// How many wait now.
    pub waiting: u32,
    /// The backlog: the kernel lets one more wait than this.
    pub backlog: u32,
}

/// The accept queue of a listening socket: the kernel reports it in the fields of `TCP_INFO` that
/// mean something else on a connection (`tcp_get_info` in `net/ipv4/tcp.c`).
///
/// # Errors
///
/// What the kernel reports.
pub fn accept_queue(listener: &TcpListener) -> io::Result<AcceptQueue> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut length = mem::size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: the descriptor is open while `listener` is borrowed; `info` has `length` bytes of
    // room, and the kernel writes no more.
    let result = unsafe {
        libc::getsockopt(
            listener.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: every field of `tcp_info` is an integer, for which the zeroes that the kernel did not
    // write over are a value.
    let info = unsafe { info.assume_init() };
    Ok(AcceptQueue { waiting: info.tcpi_unacked, backlog: info.tcpi_sacked })
}
