//! Listeners that were opened before the server began (sd_listen_fds(3)).
//!
//! Whoever opened them holds them, too. While there is no server, because it is started again or has died, connections wait
//! in their queues, and nobody is refused.
//!
//! # One for each worker
//!
//! Sockets share an address only when one effective user has bound them all (socket(7), `SO_REUSEPORT`). Root's systemd has
//! bound these, and the server runs as somebody else: it can open none beside them. So the unit lists the address as often
//! as there may be workers.
//!
//! The kernel deals connections out to all of them, whether or not anybody accepts, and to close one here would leave it
//! bound there. So all are kept: those beyond the number of workers are looked after like those of workers that have died
//! (`assign` of [`Crew`](solution_4_processes::supervisor::Crew)).

use std::env;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use socket2::{Protocol, SockRef, TcpKeepalive, Type};
use solution_1_networking::listener::{KeepAlive, ListenOptions};

use crate::board::WORKERS_MAX;
use crate::listeners::{Listeners, prepare};
use crate::settings::Settings;

/// Whom they are for, how many there are, and what each is called.
pub(super) const VARIABLES: [&str; 3] = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];
/// The first one's number (`SD_LISTEN_FDS_START`).
const FIRST: RawFd = 3;
/// What sockets are called on which clients speak HTTP as it is, and with TLS.
const NAMES: [&str; 2] = ["http", "https"];

/// What was handed over. It stays the same until the server ends.
#[derive(Debug, Clone, Copy)]
pub struct Handed {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where they do with TLS.
    pub tls_listen: Option<SocketAddr>,
    /// How many sockets there are of each kind.
    pub count: usize,
}

impl Handed {
    /// Addresses are the sockets' own, whatever is set.
    ///
    /// # Errors
    ///
    /// The settings want TLS, and there is no socket for it.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), String> {
        if settings.tls_listen.is_some() && self.tls_listen.is_none() {
            return Err(
                "`tls_listen` is set, but no socket called `https` was handed over (a socket unit \
                        with `FileDescriptorName=https` does)"
                    .into(),
            );
        }
        settings.listen = self.listen;
        settings.tls_listen = self.tls_listen;
        Ok(())
    }
}

/// Takes what was handed over to this process; nothing where nobody does such a thing. Call it once, in the program's only
/// thread.
///
/// # Errors
///
/// Something else was handed over than listening TCP sockets, as many of each kind, of one address each.
pub fn take() -> Result<Option<(Handed, Listeners)>, String> {
    let count = match env::var("LISTEN_FDS") {
        Ok(count) if is_handed_to_us() => count,
        _ => return Ok(None),
    };
    let count: usize = count
        .parse()
        .ok()
        .filter(|&count| count <= NAMES.len() * WORKERS_MAX)
        .ok_or_else(|| format!("`LISTEN_FDS` is `{count}`, and no number of sockets"))?;
    if count == 0 {
        return Ok(None);
    }
    let mut listeners = Listeners::default();
    for (index, name) in names(count)?.iter().enumerate() {
        let number = FIRST + index as RawFd;
        let listener = listener(number).map_err(|why| {
            format!("descriptor {number}, handed over as `{name}`, is no listener: {why}")
        })?;
        match name.as_str() {
            "http" => listeners.plain.push(listener),
            "https" => listeners.secure.push(listener),
            _ => {
                return Err(format!(
                    "a socket was handed over as `{name}` (its name is `http` or `https`: `FileDescriptorName=`)"
                ));
            }
        }
    }
    let handed = handed(&listeners)?;
    Ok(Some((handed, listeners)))
}

/// A manager may have started who has started this.
fn is_handed_to_us() -> bool {
    env::var_os("LISTEN_PID").is_some() && super::is_for_us("LISTEN_PID")
}

/// What each is called. Who names none hands over one kind.
fn names(count: usize) -> Result<Vec<String>, String> {
    let Ok(names) = env::var("LISTEN_FDNAMES") else {
        return Ok(vec![NAMES[0].to_owned(); count]);
    };
    let all: Vec<String> = names.split(':').map(str::to_owned).collect();
    if all.len() == count {
        return Ok(all);
    }
    Err(format!("`LISTEN_FDNAMES` is `{names}`, and `LISTEN_FDS` is `{count}`: one name for each"))
}

/// Takes one, and makes it what the server's own listeners are.
fn listener(number: RawFd) -> Result<TcpListener, String> {
    // SAFETY: the borrow ends with the call, which only asks for a flag: of a number that is not open, it reports that.
    let flags = fcntl_getfd(unsafe { BorrowedFd::borrow_raw(number) });
    // Whoever is executed inherits only what has no mark: this one was opened here, and belongs to somebody else.
    let inherited = flags.is_ok_and(|flags| !flags.contains(FdFlags::CLOEXEC));
    if !inherited {
        return Err("it is not open".into());
    }
    // SAFETY: it is open, and without the mark that every descriptor opened in this process has, so it was inherited; it is
    // among those that `LISTEN_FDS` gives to this process, and `take` comes here once for each.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    let said = |error: io::Error| error.to_string();
    fcntl_setfd(&descriptor, FdFlags::CLOEXEC).map_err(|error| said(error.into()))?;
    is_listening(descriptor.as_fd())?;
    let listener = TcpListener::from(descriptor);
    prepare(&listener).and_then(|()| set_options(&listener)).map_err(said)?;
    Ok(listener)
}

/// What [`listen`](solution_1_networking::listener::listen) sets, whatever the unit says.
fn set_options(listener: &TcpListener) -> io::Result<()> {
    let KeepAlive { idle, interval, probes } = ListenOptions::default().keep_alive;
    let keep_alive =
        TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes);
    let socket = SockRef::from(listener);
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&keep_alive)
}

fn is_listening(descriptor: BorrowedFd<'_>) -> Result<(), String> {
    let socket = SockRef::from(&descriptor);
    let kind = socket.r#type().map_err(|_| "it is no socket")?;
    if kind != Type::STREAM || socket.protocol().ok().flatten() != Some(Protocol::TCP) {
        return Err("it is no socket of TCP (`ListenStream=` with a port makes one)".into());
    }
    match socket.is_listener() {
        Ok(true) => Ok(()),
        _ => Err("it is a connection, or nothing yet (`Accept=no` hands over the listener)".into()),
    }
}

fn handed(listeners: &Listeners) -> Result<Handed, String> {
    let (plain, secure) = (&listeners.plain, &listeners.secure);
    let listen = address(NAMES[0], plain)?;
    let tls_listen = address(NAMES[1], secure)?;
    let Some(listen) = listen else {
        return Err("no socket was handed over as `http`".into());
    };
    if tls_listen.is_some() && plain.len() != secure.len() {
        let (plain, secure) = (plain.len(), secure.len());
        return Err(format!(
            "{plain} sockets were handed over as `http` and {secure} as `https`: a worker has one of each"
        ));
    }
    if plain.len() > WORKERS_MAX {
        let count = plain.len();
        return Err(format!(
            "{count} sockets were handed over ({WORKERS_MAX} at most: one for each worker)"
        ));
    }
    Ok(Handed { listen, tls_listen, count: plain.len() })
}

/// The address that all of a kind share.
fn address(name: &str, listeners: &[TcpListener]) -> Result<Option<SocketAddr>, String> {
    let mut addresses = listeners.iter().map(TcpListener::local_addr);
    let Some(first) = addresses.next() else { return Ok(None) };
    let first = first.map_err(|error| error.to_string())?;
    match addresses.find(|next| !next.as_ref().is_ok_and(|next| *next == first)) {
        None => Ok(Some(first)),
        Some(_) => Err(format!("the sockets called `{name}` have different addresses")),
    }
}
