//! Connected sockets, and what the kernel knows about them.

use std::io;
use std::mem::{self, MaybeUninit};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::machine::environment;

/// How long a test's socket may wait for anything, so that no test hangs without the runner. The runner's
/// limit is shorter: it looks at what a test waits for before it ends it.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

/// What takes no longer than this is waited for without sleeping.
const SOON: Duration = Duration::from_millis(1);

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
    let info = tcp_info(listener.as_fd())?;
    Ok(AcceptQueue { waiting: info.tcpi_unacked, backlog: info.tcpi_sacked })
}

/// How many connections to the port of a listening IPv4 socket are half open, which is to say in its
/// SYN queue: the rows of `/proc/net/tcp` in the state SYN-RECV (03, proc_pid_net(5)).
///
/// # Errors
///
/// The file cannot be read, or the listener has no address.
pub fn syn_queue(listener: &TcpListener) -> io::Result<usize> {
    let port = format!(":{:04X}", listener.local_addr()?.port());
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let half_open = |row: &&str| {
        let mut fields = row.split_whitespace().skip(1);
        fields.next().is_some_and(|local| local.ends_with(&port)) && fields.nth(1) == Some("03")
    };
    Ok(table.lines().filter(half_open).count())
}

/// How many segments the kernel has dropped that were meant for this listening socket, a SYN that found
/// the accept queue full among them (`SO_MEMINFO`, the last number).
///
/// # Errors
///
/// What the kernel reports.
pub fn drops(listener: &TcpListener) -> io::Result<u32> {
    let mut numbers = [0_u32; libc::SK_MEMINFO_DROPS as usize + 1];
    let mut length = mem::size_of_val(&numbers) as libc::socklen_t;
    // SAFETY: the descriptor is open while `listener` is borrowed; `numbers` has `length` bytes of room,
    // and the kernel writes no more.
    let result = unsafe {
        libc::getsockopt(
            listener.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            numbers.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result == 0 { Ok(numbers[numbers.len() - 1]) } else { Err(io::Error::last_os_error()) }
}

/// What the kernel has counted on a connection since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Bytes that were written and have not left yet: what Nagle's algorithm, `TCP_CORK` or a full
    /// window holds back.
    pub held_bytes: usize,
    /// Segments on the way: sent and not acknowledged.
    pub unacknowledged: u32,
    /// Bytes that the peer has acknowledged.
    pub acknowledged_bytes: u64,
    /// Segments sent, with data and without.
    pub sent: u32,
    /// Segments sent with data.
    pub sent_data: u32,
    /// Segments received with data.
    pub received_data: u32,
    /// Segments that were sent again, a SYN among them.
    pub sent_again: u32,
}

/// What the kernel has counted on a connection (`TCP_INFO`, tcp(7)).
///
/// # Errors
///
/// What the kernel reports.
pub fn counted(stream: &impl AsFd) -> io::Result<Counted> {
    let info = tcp_info(stream.as_fd())?;
    Ok(Counted {
        held_bytes: info.tcpi_notsent_bytes as usize,
        unacknowledged: info.tcpi_unacked,
        acknowledged_bytes: info.tcpi_bytes_acked,
        sent: info.tcpi_segs_out,
        sent_data: info.tcpi_data_segs_out,
        received_data: info.tcpi_data_segs_in,
        sent_again: info.tcpi_total_retrans,
    })
}

/// How many bytes lie in a connection's receive buffer (`FIONREAD`, tcp(7)).
///
/// # Errors
///
/// What the kernel reports.
pub fn unread(stream: &impl AsFd) -> io::Result<usize> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is open while `stream` is borrowed; the kernel writes one `int`, for which
    // `bytes` has room.
    let result = unsafe { libc::ioctl(stream.as_fd().as_raw_fd(), libc::FIONREAD, &raw mut bytes) };
    if result == 0 { Ok(bytes as usize) } else { Err(io::Error::last_os_error()) }
}

/// Whether the kernel holds acknowledgments of this connection back, in the hope of data that takes them
/// along. A new connection acknowledges at once (`TCP_QUICKACK`, tcp(7)).
///
/// # Errors
///
/// What the kernel reports.
pub fn delays_acks(stream: &TcpStream) -> io::Result<bool> {
    let mut at_once: libc::c_int = 0;
    let mut length = mem::size_of_val(&at_once) as libc::socklen_t;
    // SAFETY: as in `drops`, with room for one `int`.
    let result = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_QUICKACK,
            (&raw mut at_once).cast(),
            &raw mut length,
        )
    };
    if result == 0 { Ok(at_once == 0) } else { Err(io::Error::last_os_error()) }
}

/// What became of a `connect` that does not wait: that it goes on is no error.
///
/// # Errors
///
/// Any other.
pub fn begun(connected: io::Result<()>) -> io::Result<()> {
    match connected {
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => Ok(()),
        result => result,
    }
}

/// Sleeps until there is something to read.
///
/// # Errors
///
/// What the kernel reports; [`ErrorKind::TimedOut`](io::ErrorKind::TimedOut) after [`WAIT_MAX`].
pub fn until_readable(socket: &impl AsFd) -> io::Result<()> {
    poll(socket.as_fd(), libc::POLLIN)
}

/// Sleeps until there is room to write: on a socket that connects, until it is connected.
///
/// # Errors
///
/// As [`until_readable`].
pub fn until_writable(socket: &impl AsFd) -> io::Result<()> {
    poll(socket.as_fd(), libc::POLLOUT)
}

fn poll(socket: BorrowedFd<'_>, events: libc::c_short) -> io::Result<()> {
    let mut wanted = libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 };
    // SAFETY: the descriptor is open while `socket` is borrowed; there is one `pollfd`, as the 1 says.
    let ready = unsafe { libc::poll(&raw mut wanted, 1, WAIT_MAX.as_millis() as libc::c_int) };
    match ready {
        0 => Err(io::ErrorKind::TimedOut.into()),
        1 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Asks again and again until something is so that will be so in a moment.
///
/// # Errors
///
/// What the question reports; [`ErrorKind::TimedOut`](io::ErrorKind::TimedOut) after [`WAIT_MAX`].
pub fn until(mut so: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    let begin = Instant::now();
    while !so()? {
        let waited = begin.elapsed();
        if waited > WAIT_MAX {
            let message = "what this program waits for did not come";
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        if waited < SOON {
            std::hint::spin_loop();
        } else {
            // It leaves the processor to others, and is not taken for what goes round without an end.
            std::thread::sleep(SOON);
        }
    }
    Ok(())
}

fn tcp_info(socket: BorrowedFd<'_>) -> io::Result<libc::tcp_info> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut length = mem::size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: the descriptor is open while `socket` is borrowed; `info` has `length` bytes of room, and
    // the kernel writes no more.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
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
    Ok(unsafe { info.assume_init() })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_was_written_is_counted_at_both_ends() {
        let (mut client, server) = pair();
        client.write_all(b"sixteen bytes is").expect("there is room");
        until(|| Ok(unread(&server)? == 16)).expect("it arrives");
        until(|| Ok(counted(&client)?.acknowledged_bytes >= 16)).expect("it is acknowledged");
        let (sent, received) = (counted(&client), counted(&server));
        let (sent, received) = (sent.expect("a socket"), received.expect("a socket"));
        assert_eq!((sent.sent_data, received.received_data), (1, 1));
        assert_eq!((sent.held_bytes, sent.unacknowledged, sent.sent_again), (0, 0, 0));
    }

    #[test]
    fn a_connection_that_waits_for_accept_is_in_the_accept_queue() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback works");
        let _client = connect(listener.local_addr().expect("it is bound")).expect("it listens");
        assert_eq!(accept_queue(&listener).expect("it listens").waiting, 1);
        assert_eq!(syn_queue(&listener).expect("it listens"), 0);
        assert_eq!(drops(&listener).expect("it listens"), 0);
        until_readable(&listener).expect("somebody waits");
    }

    #[test]
    fn a_new_connection_acknowledges_at_once() {
        let (_client, server) = pair();
        assert!(!delays_acks(&server).expect("a socket"));
    }
}
