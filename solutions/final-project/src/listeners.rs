//! The listeners, which the master holds for its whole life: it has opened them, or [systemd](crate::systemd) has.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;

use socket2::{SockFilter, SockRef};
use solution_1_networking::listener::{ListenError, ListenOptions, listen};

use crate::settings::Settings;

/// For each worker a listener of each kind.
#[derive(Debug, Default)]
pub struct Listeners {
    /// For HTTP as it is.
    pub plain: Vec<TcpListener>,
    /// For TLS, or none at all.
    pub secure: Vec<TcpListener>,
}

impl Listeners {
    /// How many workers have some.
    #[must_use]
    pub fn count(&self) -> usize {
        self.plain.len()
    }

    /// All, those of a kind together.
    pub fn all(&self) -> impl Iterator<Item = &TcpListener> {
        self.plain.iter().chain(&self.secure)
    }

    /// What [`Listeners::all`] has handed over, with TLS or without.
    #[must_use]
    pub fn from_all(mut all: Vec<TcpListener>, tls: bool) -> Self {
        let secure = if tls { all.split_off(all.len() / 2) } else { Vec::new() };
        Self { plain: all, secure }
    }

    /// Those of one worker.
    pub fn of(&self, worker: usize) -> impl Iterator<Item = (Kind, &TcpListener)> {
        let plain = self.plain.get(worker).map(|listener| (Kind::Plain, listener));
        plain.into_iter().chain(self.secure.get(worker).map(|listener| (Kind::Secure, listener)))
    }

    /// Closes this process's copies.
    pub fn close(&mut self) {
        *self = Self::default();
    }

    /// Opens listeners until `count` workers have some.
    ///
    /// # Errors
    ///
    /// An address cannot be had.
    pub fn open(&mut self, settings: &Settings, count: usize) -> Result<(), ListenError> {
        let backlog = settings.backlog.get();
        // Of each kind as many, also when one cannot be had: whoever inherits them tells the kinds apart by their number.
        for worker in self.count() + 1..=count {
            if let Some(address) = settings.tls_listen {
                open(&mut self.secure, address, backlog, worker)?;
            }
            if let Err(error) = open(&mut self.plain, settings.listen, backlog, worker) {
                self.secure.truncate(self.plain.len());
                return Err(error);
            }
        }
        Ok(())
    }
}

/// How a listener's connections begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// With a request.
    Plain,
    /// With a handshake.
    Secure,
}

/// How much of an answer may lie in the kernel and not be on its way, for each connection that is accepted. Without it there
/// are megabytes for a peer that does not read; and a socket counts as writable only when a third of them is free, which a
/// slow reader takes longer for than it may be still. With it, when half of this is on its way. Less costs those who read
/// fast: an answer of 1 MiB 1.2 times the processor's time with 512 KiB, 1.7 times with 128 KiB, and nothing with this.
const UNSENT_MAX: u32 = 1 << 20;

/// Opens listeners until there are `count`. All of them share one address: port 0 is chosen once.
fn open(
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
        prepare(&listener).map_err(|cause| ListenError { address, cause })?;
        listeners.push(listener);
    }
    Ok(())
}

/// What the server wants of a listener beside what lesson 1 sets, and of one that others have opened.
///
/// # Errors
///
/// What the kernel reports.
pub(crate) fn prepare(listener: &TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    SockRef::from(listener).set_tcp_notsent_lowat(UNSENT_MAX)
}

/// Another length of the queues, for connections that come from now on.
///
/// # Errors
///
/// What the kernel reports.
pub fn set_backlog(listeners: &Listeners, backlog: usize) -> io::Result<()> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    listeners.all().try_for_each(|listener| Ok(rustix::net::listen(listener, backlog)?))
}

/// Whether nobody else listens where the settings want to. `SO_REUSEPORT` would let a second server of the same user share
/// an address silently, and take half of the connections.
///
/// # Errors
///
/// Somebody does, or an address cannot be had at all.
pub fn are_free(settings: &Settings) -> Result<(), ListenError> {
    let addresses = [Some(settings.listen), settings.tls_listen];
    addresses
        .into_iter()
        .flatten()
        .try_for_each(|address| is_free(address).map_err(|cause| ListenError { address, cause }))
}

fn is_free(address: SocketAddr) -> io::Result<()> {
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
