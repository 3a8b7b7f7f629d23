//! The listeners, which the master holds for its whole life.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;

use socket2::{SockFilter, SockRef};
use solution_1_networking::listener::{ListenError, ListenOptions, listen};

/// Opens listeners until there are `count`. All of them share one address: port 0 is chosen once.
///
/// # Errors
///
/// The address cannot be had.
pub fn open(
    listeners: &mut Vec<TcpListener>,
    address: SocketAddr,
    backlog: usize,
    count: usize,
) -> Result<(), ListenError> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    let options = ListenOptions { backlog, ..ListenOptions::default() };
    while listeners.len() < count {
        let address =
            listeners.first().and_then(|first| first.local_addr().ok()).unwrap_or(address);
        let listener = listen(address, &options)?;
        listener.set_nonblocking(true).map_err(|cause| ListenError { address, cause })?;
        listeners.push(listener);
    }
    Ok(())
}

/// Another length of the queues, for connections that come from now on.
///
/// # Errors
///
/// What the kernel reports.
pub fn set_backlog(listeners: &[TcpListener], backlog: usize) -> io::Result<()> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    listeners.iter().try_for_each(|listener| Ok(rustix::net::listen(listener, backlog)?))
}

/// Whether somebody else listens on the address. `SO_REUSEPORT` would let a second server of the same
/// user share it silently, and take half of the connections.
///
/// # Errors
///
/// Somebody does, or the address cannot be had at all.
pub fn is_free(address: SocketAddr) -> io::Result<()> {
    let socket =
        socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    // Without SO_REUSEPORT, a bind fails beside any socket that listens. With SO_REUSEADDR, it does not fail because of
    // connections that a server before this one has left in TIME-WAIT.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())
}

/// From now on, nobody new begins to connect; handshakes that have begun are finished.
///
/// A listener that is closed resets the connections in its queue, and one may come in after the last
/// look. So before that, a filter drops every SYN. A client that tries now hears nothing, tries again a
/// second later, and is refused properly then.
///
/// # Errors
///
/// What the kernel reports.
pub fn drop_new_handshakes(listener: &impl AsFd) -> io::Result<()> {
    // Classic BPF. A filter of a TCP socket sees the segment from the TCP header on; its flags are in byte 13.
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, 13),
        SockFilter::new(AND, 0, 0, SYN | ACK),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}
