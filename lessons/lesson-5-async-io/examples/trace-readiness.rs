//! Three sockets and a reactor: first told as long as something is left (level), then when something comes (edge).
//!
//! This program is the peers and the loop. What lies unread in a socket, and how many are watched, it asks the kernel.

use std::error::Error;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use async_io::reactor::{Interest, Key, Reactor, Trigger};
use witness::trace::{Event, Gauge, Recorder, kernel, program};

const NAMES: [&str; 3] = ["A", "B", "C"];
const READ: Interest = Interest { read: true, write: false };

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title| Gauge { key, title, unit: "bytes", max: 4 };
    let trace = Recorder::new(
        &[program("peers"), kernel("sockets"), kernel("epoll"), program("loop")],
        &[gauge("A", "unread in A"), gauge("B", "unread in B"), gauge("C", "unread in C")],
    );
    let mut stage = Stage::new(&trace)?;
    stage.watch(Trigger::Level)?;
    stage.send("A", 3)?;
    stage.send("C", 2)?;
    stage.wait()?;
    stage.read("A", 3)?;
    stage.read("C", 1)?;
    stage.wait()?;
    stage.read("C", 1)?;
    stage.wait()?;
    stage.change_to_edge()?;
    stage.send("C", 2)?;
    stage.wait()?;
    stage.read("C", 1)?;
    stage.wait()?;
    stage.send("C", 1)?;
    stage.wait()?;
    stage.read("C", 2)?;
    Ok(trace.print()?)
}

struct Socket {
    ours: UnixStream,
    theirs: UnixStream,
    key: Option<Key>,
}

struct Stage<'t> {
    trace: &'t Recorder,
    reactor: Reactor,
    sockets: Vec<Socket>,
}

impl<'t> Stage<'t> {
    fn new(trace: &'t Recorder) -> io::Result<Self> {
        let socket = |_| {
            let (ours, theirs) = UnixStream::pair()?;
            ours.set_nonblocking(true)?;
            Ok(Socket { ours, theirs, key: None })
        };
        let sockets = NAMES.iter().map(socket).collect::<io::Result<_>>()?;
        Ok(Self { trace, reactor: Reactor::new()?, sockets })
    }

    fn event(&self, lane: &'static str, kind: &'static str) -> io::Result<Event<'t>> {
        let mut event = self.trace.event(lane, kind);
        for (name, socket) in NAMES.into_iter().zip(&self.sockets) {
            event = event.gauge(name, rustix::io::ioctl_fionread(socket.ours.as_fd())?);
        }
        Ok(event)
    }

    fn place(name: &str) -> usize {
        NAMES.iter().position(|known| *known == name).expect("one of three")
    }

    fn watch(&mut self, trigger: Trigger) -> io::Result<()> {
        for socket in &mut self.sockets {
            socket.key = Some(self.reactor.register(&socket.ours, READ, trigger)?);
        }
        let event = self.event("loop", "register")?.to("epoll");
        event.says("`register`: the kernel watches A, B and C, level");
        Ok(())
    }

    fn send(&mut self, name: &'static str, count: usize) -> io::Result<()> {
        self.sockets[Self::place(name)].theirs.write_all(&vec![b'x'; count])?;
        let event = self.event("peers", "send")?.to("sockets");
        event.says(format!(
            "{count} for {name}: its socket goes on the list of those that are ready"
        ));
        Ok(())
    }

    /// Asks without waiting, and says what it is told.
    fn wait(&mut self) -> io::Result<()> {
        self.reactor.wait(Some(Duration::ZERO))?;
        let mut told = Vec::new();
        while let Some(event) = self.reactor.next() {
            let of = |socket: &Socket| socket.key == Some(event.key);
            told.push(NAMES[self.sockets.iter().position(of).expect("it is registered")]);
        }
        if told.is_empty() {
            let left = rustix::io::ioctl_fionread(&self.sockets[2].ours)?;
            let event = self.event("epoll", "nothing")?.to("loop");
            match left {
                0 => event.says("`wait`: nothing is ready, so the loop would sleep here"),
                _ => event
                    .bad()
                    .says(format!("`wait`: nothing new, though {left} byte of C is unread")),
            }
            return Ok(());
        }
        let event = self.event("epoll", "ready")?.to("loop");
        event.says(format!("`wait`: {} can be read", told.join(" and ")));
        Ok(())
    }

    fn read(&mut self, name: &'static str, count: usize) -> io::Result<()> {
        self.sockets[Self::place(name)].ours.read_exact(&mut vec![0; count])?;
        let event = self.event("loop", "read")?.to("sockets");
        event.says(format!("`read`: {count} of what {name} has"));
        Ok(())
    }

    fn change_to_edge(&mut self) -> io::Result<()> {
        let Socket { ours, key, .. } = &self.sockets[2];
        self.reactor.change(key.expect("it is registered"), ours, READ, Trigger::Edge)?;
        let event = self.event("loop", "change")?.to("epoll");
        event.says("`change`: of C it wants to be told when something comes, edge");
        Ok(())
    }
}
