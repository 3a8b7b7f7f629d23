//! What the service manager is told of how the server stands (sd_notify(3)): datagrams of lines `NAME=value`.
//!
//! ```text
//!  start ──▶ READY=1 ──SIGHUP──▶ RELOADING=1 ──▶ READY=1 ──SIGTERM──▶ STOPPING=1 ──▶ end
//!            all workers are     with the time   all are new, or
//!            ready                               nothing has changed
//! ```
//!
//! Beside that `STATUS=`, a line for people, and `WATCHDOG=1` as long as the master's loop turns: a worker that hangs is the
//! master's own to find.
//!
//! The master waits for nobody. What the manager has no room for now is sent again at the next tick: of what stands for
//! something, in order, `WAITING_MAX` at most; the rest is said anew.

use std::collections::VecDeque;
use std::env;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

use rustix::net::{
    AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sendto, socket_with,
};
use rustix::time::{ClockId, clock_gettime};

/// Where to, how often it wants to hear something, and from whom.
pub(super) const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];
/// Of some reloads, which a manager that is away does not hear of anyway.
const WAITING_MAX: usize = 16;

/// Where the server stands, for the manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Starting,
    Ready,
    Reloading,
    Stopping,
}

/// The way to the manager; without one, all of it does nothing.
#[derive(Debug, Default)]
pub struct Notify {
    channel: Option<Channel>,
    stage: Stage,
    /// The line for people that was sent last.
    status: String,
    waiting: VecDeque<String>,
}

#[derive(Debug)]
struct Channel {
    socket: OwnedFd,
    manager: SocketAddrUnix,
    watchdog: Option<Watchdog>,
}

#[derive(Debug, Clone, Copy)]
struct Watchdog {
    every: Duration,
    last: Instant,
}

impl Notify {
    /// Finds the way, if somebody wants to hear something.
    ///
    /// # Errors
    ///
    /// The address is none of a Unix socket, or there is no socket to be had.
    pub fn of_environment() -> io::Result<Self> {
        let Some(address) = env::var_os("NOTIFY_SOCKET") else { return Ok(Self::default()) };
        let manager = match address.as_bytes() {
            path @ [b'/', ..] => SocketAddrUnix::new(path)?,
            // A name that is in no file system (unix(7), "abstract").
            [b'@', name @ ..] => SocketAddrUnix::new_abstract_name(name)?,
            _ => return Err(io::Error::other("neither a path nor an abstract name")),
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None)?;
        let channel = Channel { socket, manager, watchdog: Watchdog::of_environment() };
        Ok(Self { channel: Some(channel), ..Self::default() })
    }

    /// Whether there is a manager.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.channel.is_some()
    }

    /// How many workers there should be, how many serve, and whether all is as the settings want it: then a start or a reload
    /// is over.
    pub fn standing(&mut self, workers: usize, serving: usize, is_settled: bool) {
        match self.stage {
            Stage::Stopping => return,
            Stage::Starting | Stage::Reloading if is_settled => {
                self.stage = Stage::Ready;
                self.tell("READY=1".to_owned());
            }
            _ => {}
        }
        self.say(format!("STATUS={serving} of {workers} workers are ready"));
    }

    /// The settings are read again. A start that is not over takes them in.
    pub fn reloading(&mut self) {
        if matches!(self.stage, Stage::Ready | Stage::Reloading) {
            self.stage = Stage::Reloading;
            // By it the manager knows that this answers its own signal, and not one before.
            let now = clock_gettime(ClockId::Monotonic);
            let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
            self.tell(format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
        }
    }

    /// The server ends.
    pub fn stopping(&mut self) {
        self.stage = Stage::Stopping;
        self.tell("STOPPING=1\nSTATUS=finishing what has begun".to_owned());
    }

    /// The master's loop turns.
    pub fn tick(&mut self) {
        self.send_waiting();
        if self.waiting.is_empty()
            && let Some(channel) = &mut self.channel
        {
            channel.feed_watchdog();
        }
    }

    /// What must come.
    fn tell(&mut self, message: String) {
        if self.channel.is_some() {
            self.waiting.truncate(WAITING_MAX - 1);
            self.waiting.push_back(message);
            self.send_waiting();
        }
    }

    /// What is said again if it does not come.
    fn say(&mut self, status: String) {
        if status != self.status
            && self.waiting.is_empty()
            && let Some(channel) = &self.channel
            && channel.send(&status)
        {
            self.status = status;
        }
    }

    fn send_waiting(&mut self) {
        let Some(channel) = &self.channel else { return };
        while self.waiting.front().is_some_and(|message| channel.send(message)) {
            self.waiting.pop_front();
        }
    }
}

impl Channel {
    /// Whether the manager has it. It may be away, or have too much to do.
    fn send(&self, message: &str) -> bool {
        sendto(&self.socket, message.as_bytes(), SendFlags::NOSIGNAL, &self.manager).is_ok()
    }

    fn feed_watchdog(&mut self) {
        let Some(Watchdog { every, last }) = self.watchdog else { return };
        if last.elapsed() >= every && self.send("WATCHDOG=1") {
            self.watchdog = Some(Watchdog { every, last: Instant::now() });
        }
    }
}

impl Watchdog {
    fn of_environment() -> Option<Self> {
        let within: u64 =
            env::var("WATCHDOG_USEC").ok()?.parse().ok().filter(|&within| within > 0)?;
        // Half of the time is asked for (sd_watchdog_enabled(3)); half of that leaves room for a tick.
        let every = Duration::from_micros(within) / 4;
        super::is_for_us("WATCHDOG_PID").then(|| Self { every, last: Instant::now() })
    }
}
