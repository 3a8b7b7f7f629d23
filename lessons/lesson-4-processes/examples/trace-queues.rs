//! Two workers, one of which is busy: first with one queue for both, then with a queue for each.
//!
//! This program plays the client and both workers; for the kernel they are what they are. With `SO_REUSEPORT` it is the kernel
//! that chooses the queue, by a hash of addresses and ports. So the client has tried before which of its ports lead where, and
//! then takes two of each.

use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use solution_1_networking::listener::{ListenOptions, listen};
use witness::tcp::{accept_queue, connect};
use witness::trace::{Event, Gauge, Recorder, kernel, program};

/// How many ports are tried.
const TRIES_MAX: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title| Gauge { key, title, unit: "waiting", max: 3 };
    let trace = Recorder::new(
        &[
            program("client"),
            kernel("one queue"),
            kernel("queue 0"),
            kernel("queue 1"),
            program("workers"),
        ],
        &[gauge("shared", "one queue"), gauge("first", "queue 0"), gauge("second", "queue 1")],
    );
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let shared = listen(local, &ListenOptions::default())?;
    let first = listen(local, &ListenOptions::default())?;
    let second = listen(first.local_addr()?, &ListenOptions::default())?;
    let stage = Stage { trace: &trace, shared, own: [first, second] };
    let [to_first, to_second] = stage.ports()?;
    stage.with_one_queue()?;
    stage.with_two(to_first, to_second)?;
    Ok(trace.print()?)
}

struct Stage<'t> {
    trace: &'t Recorder,
    shared: TcpListener,
    own: [TcpListener; 2],
}

impl<'t> Stage<'t> {
    fn event(&self, lane: &'static str, kind: &'static str) -> io::Result<Event<'t>> {
        let length = |listener| accept_queue(listener).map(|queue| u64::from(queue.waiting));
        let [first, second] = &self.own;
        let event = self.trace.event(lane, kind).gauge("shared", length(&self.shared)?);
        Ok(event.gauge("first", length(first)?).gauge("second", length(second)?))
    }

    fn with_one_queue(&self) -> io::Result<()> {
        self.event("workers", "busy")?.says("worker 0 has something to do");
        let mut streams = Vec::new();
        for _ in 0..3 {
            streams.push(connect(self.shared.local_addr()?)?);
            let event = self.event("client", "connect")?.to("one queue");
            event.says("whoever is free may take it");
        }
        for _ in 0..3 {
            self.shared.accept()?;
            self.event("one queue", "accept")?.to("workers").says("worker 1 is free, and takes it");
        }
        self.event("workers", "idle")?.says("nobody waits, though worker 0 is still busy");
        Ok(())
    }

    fn with_two(&self, to_first: [u16; 2], to_second: [u16; 2]) -> io::Result<()> {
        let mut streams = Vec::new();
        for (first, second) in to_first.into_iter().zip(to_second) {
            for (lane, port) in [("queue 0", first), ("queue 1", second)] {
                streams.push(self.connect_from(port)?);
                let event = self.event("client", "connect")?.to(lane);
                event.says(format!("from port {port}: the kernel's hash of that says which"));
            }
        }
        for _ in 0..2 {
            self.own[1].accept()?;
            self.event("queue 1", "accept")?.to("workers").says("worker 1 takes it");
        }
        let event = self.event("workers", "idle")?.bad();
        event.says("worker 1 has nothing to do, and two wait for worker 0");
        for _ in 0..2 {
            self.own[0].accept()?;
            let event = self.event("queue 0", "accept")?.to("workers");
            event.says("worker 0 is done at last, and takes it");
        }
        Ok(())
    }

    /// Two ports of the client that lead to each of the two queues.
    fn ports(&self) -> Result<[[u16; 2]; 2], Box<dyn Error>> {
        let mut ports = [Vec::new(), Vec::new()];
        for _ in 0..TRIES_MAX {
            let client = self.connect_from(0)?;
            let port = client.local_addr()?.as_socket().ok_or("an address of IPv4")?.port();
            let reached = usize::from(accept_queue(&self.own[0])?.waiting == 0);
            // Both ends forget the connection at once, so that the port can be used again.
            client.set_linger(Some(Duration::ZERO))?;
            let (accepted, _) = self.own[reached].accept()?;
            drop((client, accepted));
            ports[reached].push(port);
            if let [[a, b, ..], [c, d, ..]] = [&ports[0][..], &ports[1][..]] {
                return Ok([[*a, *b], [*c, *d]]);
            }
        }
        Err("all connections came into one queue".into())
    }

    /// A connection from this port to the two workers' address.
    fn connect_from(&self, port: u16) -> io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
        socket.connect(&self.own[0].local_addr()?.into())?;
        Ok(socket)
    }
}
