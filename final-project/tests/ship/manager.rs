//! A test that plays systemd: it binds sockets, hands them over, and is told how the server stands.

use std::mem::ManuallyDrop;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, FromRawFd as _, OwnedFd, RawFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::io::{dup2, fcntl_dupfd_cloexec};
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;

use crate::house::{Server, WAIT_MAX, program};

/// Where the first socket is in the server (sd_listen_fds(3)).
const FIRST: RawFd = 3;
/// What a manager is busy with.
const FILLING: &str = "X";
/// Longer than from one beat to the next, in the test that asks.
const SILENCE: Duration = Duration::from_millis(1500);
/// Further than there are sockets.
const ASIDE: RawFd = 200;

/// So many sockets on one new port, which systemd would hold as long as its unit of sockets is active.
pub(crate) fn listeners(count: usize) -> Vec<TcpListener> {
    let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut all = Vec::new();
    for _ in 0..count {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_reuse_port(true).expect("it can be shared");
        socket.bind(&address.into()).expect("the port is ours");
        socket.listen(4096).expect("it listens");
        let listener = TcpListener::from(socket);
        address = listener.local_addr().expect("an address");
        all.push(listener);
    }
    all
}

/// The program, which finds these at its third descriptor and behind it, called so.
pub(crate) fn given<'a>(
    sockets: impl IntoIterator<Item = &'a (impl AsFd + 'a)>,
    names: &str,
) -> Command {
    // `exec` keeps the process, so that its number is known before there is the program.
    given_to("$$", sockets, names)
}

/// The same, but for a process of this number.
pub(crate) fn given_to<'a>(
    pid: &str,
    sockets: impl IntoIterator<Item = &'a (impl AsFd + 'a)>,
    names: &str,
) -> Command {
    let (mut command, program) = (Command::new("sh"), program());
    command
        .arg("-c")
        .arg(format!("LISTEN_PID={pid} exec \"$0\" \"$@\""))
        .arg(program.get_program());
    for (name, _) in program.get_envs() {
        command.env_remove(name);
    }
    let copy = |socket: &_| fcntl_dupfd_cloexec(socket, ASIDE).expect("a descriptor");
    let copies: Vec<OwnedFd> = sockets.into_iter().map(copy).collect();
    command.env("LISTEN_FDS", copies.len().to_string()).env("LISTEN_FDNAMES", names);
    let place = move || {
        for (number, copy) in (FIRST..).zip(&copies) {
            // SAFETY: the number becomes a copy's; what was there before is this process's own copy of the tests', which
            // ends with `exec`, and nobody closes it.
            let mut place = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(number) });
            dup2(copy, &mut place)?;
        }
        Ok(())
    };
    // SAFETY: between `fork` and `exec` this makes system calls, and allocates nothing.
    unsafe { command.pre_exec(place) };
    command.stdin(Stdio::null());
    command
}

/// A server that was handed these, all of them for HTTP.
pub(crate) fn server(folder: TempDir, sockets: &[TcpListener], options: &[&str]) -> Server {
    let names = vec!["http"; sockets.len()].join(":");
    Server::spawn_by(given(sockets, &names), folder, options).settled()
}

/// Where the server says how it stands.
pub(crate) struct Manager {
    socket: UnixDatagram,
    /// As it is in `NOTIFY_SOCKET`.
    pub(crate) address: String,
}

impl Manager {
    pub(crate) fn at(path: &Path) -> Self {
        Self::of(UnixDatagram::bind(path).expect("a socket"), path.display().to_string())
    }

    /// In no file system.
    pub(crate) fn abstract_name(name: &str) -> Self {
        let address = UnixAddr::from_abstract_name(name).expect("a name");
        Self::of(UnixDatagram::bind_addr(&address).expect("a socket"), format!("@{name}"))
    }

    fn of(socket: UnixDatagram, address: String) -> Self {
        socket.set_read_timeout(Some(WAIT_MAX)).expect("a time-out");
        Self { socket, address }
    }

    /// The next message.
    pub(crate) fn next(&self) -> String {
        let mut bytes = [0; 4096];
        let count = self.socket.recv(&mut bytes).expect("the server says something");
        String::from_utf8(bytes[..count].to_vec()).expect("text")
    }

    /// The next message that is not for people, and no beat.
    pub(crate) fn state(&self) -> String {
        loop {
            let message = self.next();
            if !message.starts_with("STATUS=") && !["WATCHDOG=1", FILLING].contains(&&*message) {
                return message;
            }
        }
    }

    /// The next one that begins so.
    pub(crate) fn await_message(&self, begin: &str) -> String {
        loop {
            let message = self.next();
            if message.starts_with(begin) {
                return message;
            }
        }
    }

    /// A message that is there already, if there is one.
    pub(crate) fn left(&self) -> Option<String> {
        self.socket.set_nonblocking(true).expect("a mode");
        let mut bytes = [0; 4096];
        let left = self.socket.recv(&mut bytes).ok();
        self.socket.set_nonblocking(false).expect("a mode");
        left.map(|count| String::from_utf8_lossy(&bytes[..count]).into_owned())
    }

    /// What was sent so far is read, and nothing follows: whoever sends is stopped.
    pub(crate) fn fall_silent(&self) {
        while self.left().is_some() {}
        self.socket.set_read_timeout(Some(SILENCE)).expect("a time-out");
        let said = self.socket.recv(&mut [0; 64]);
        assert!(said.is_err(), "who is stopped says nothing");
        self.socket.set_read_timeout(Some(WAIT_MAX)).expect("a time-out");
    }

    /// Sends itself so much that there is no room.
    pub(crate) fn fill(&self) {
        let sender = UnixDatagram::unbound().expect("a socket");
        sender.set_nonblocking(true).expect("a mode");
        while sender.send_to(FILLING.as_bytes(), &self.address).is_ok() {}
    }
}
