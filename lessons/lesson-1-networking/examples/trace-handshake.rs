//! The handshake and its two queues: a client that cannot hear the answer, as many as fit, and one too many.
//!
//! One thread plays everybody: it is the kernel that connects, and it does so for any number of sockets.

use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Instant;

use networking::listener::{ListenOptions, listen};
use socket2::{Domain, SockFilter, Socket, Type};
use witness::trace::{Event, Gauge, Recorder, kernel, parameter, program};
use witness::{counters, tcp};

/// A filter of one instruction (`BPF_RET | BPF_K`): no byte of any packet is kept.
const HEAR_NOTHING: SockFilter = SockFilter::new(0x06, 0, 0, 0);

fn main() -> Result<(), Box<dyn Error>> {
    let backlog = parameter("backlog");
    let options = ListenOptions { backlog: i32::try_from(backlog)?, ..ListenOptions::default() };
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &options)?;
    let gauge = |key, title, max| Gauge { key, title, unit: "", max };
    let trace = Recorder::new(
        &[program("clients"), kernel("kernel"), program("server")],
        &[
            gauge("syn", "SYN queue", 1),
            gauge("accept", "accept queue", backlog + 1),
            gauge("overflows", "overflows", 1),
        ],
    );
    let stage = Stage { trace: &trace, listener, overflows_before: overflows()? };

    let says = format!("`listen`, backlog {backlog}: from now on the kernel answers");
    stage.with_levels(trace.event("server", "listen").to("kernel"))?.says(says);
    let mut clients = vec![stage.deaf_client()?];
    for number in 2..=backlog + 1 {
        clients.push(stage.client(number)?);
    }
    let late = stage.dropped_client(backlog + 2)?;
    stage.accept(1)?;
    let room = Instant::now();
    stage.is_let_in(&late, backlog + 2, room)?;
    for number in 2..=backlog + 2 {
        stage.accept(number)?;
    }
    Ok(trace.print()?)
}

struct Stage<'a> {
    trace: &'a Recorder,
    listener: TcpListener,
    overflows_before: u64,
}

impl Stage<'_> {
    /// The levels that can be read within microseconds. For the SYN queue the kernel goes through all
    /// connections of the machine, so it is read only where an entry stays long enough.
    fn with_levels<'e>(&self, event: Event<'e>) -> io::Result<Event<'e>> {
        let accept = tcp::accept_queue(&self.listener)?.waiting;
        Ok(event
            .gauge("accept", accept.into())
            .gauge("overflows", overflows()? - self.overflows_before))
    }

    fn with_all_levels<'e>(&self, event: Event<'e>) -> io::Result<Event<'e>> {
        Ok(self.with_levels(event)?.gauge("syn", tcp::syn_queue(&self.listener)? as u64))
    }

    /// A client's `connect`, which does not wait for the answer.
    fn connect(&self, client: &Socket, says: &str) -> io::Result<()> {
        let address = self.listener.local_addr()?;
        client.set_nonblocking(true)?;
        let event = self.trace.event("clients", "connect").to("kernel");
        tcp::begun(client.connect(&address.into()))?;
        event.says(says);
        Ok(())
    }

    /// A connection that stays half open for a while: its client hears nothing.
    fn deaf_client(&self) -> io::Result<Socket> {
        let client = socket()?;
        client.attach_filter(&[HEAR_NOTHING])?;
        self.connect(&client, "client 1: a SYN; a filter drops what comes back")?;
        tcp::until(|| Ok(tcp::syn_queue(&self.listener)? == 1))?;
        let event = self.trace.event("kernel", "half-open").gauge("syn", 1);
        let says = "client 1 is half open: SYN-RECV in `/proc/net/tcp`";
        self.with_levels(event)?.says(says);
        client.detach_filter()?;
        let event = self.trace.event("clients", "filter-removed");
        self.with_levels(event)?.says("the filter is gone, and so is the SYN-ACK");
        connected(&client)?;
        let event = self.trace.event("kernel", "connected").to("clients");
        let says = "client 1 is connected: a timer has sent once more";
        self.with_all_levels(event)?.says(says);
        Ok(client)
    }

    /// A connection as nearly all of them are.
    fn client(&self, number: u64) -> io::Result<Socket> {
        let (client, address) = (socket()?, self.listener.local_addr()?);
        self.trace.event("clients", "connect").to("kernel").says(format!("client {number}: a SYN"));
        let begin = Instant::now();
        client.connect(&address.into())?;
        let event = self.trace.event("kernel", "connected").to("clients");
        let time = begin.elapsed().as_micros();
        // Its last ACK may be on the way still.
        tcp::until(|| Ok(u64::from(tcp::accept_queue(&self.listener)?.waiting) == number))?;
        let full = number > u64::from(tcp::accept_queue(&self.listener)?.backlog);
        let more = if full { "; now the queue is full" } else { "" };
        let says = format!("client {number} is connected, after {time} µs{more}");
        self.with_levels(event)?.says(says);
        Ok(client)
    }

    /// A client whose SYN finds the accept queue full.
    fn dropped_client(&self, number: u64) -> io::Result<Socket> {
        let (client, drops) = (socket()?, tcp::drops(&self.listener)?);
        self.connect(&client, &format!("client {number}: a SYN"))?;
        tcp::until(|| Ok(tcp::drops(&self.listener)? > drops))?;
        let event = self.trace.event("kernel", "syn-dropped").bad();
        let says = "full: the SYN is dropped (`ListenOverflows`)";
        self.with_levels(event)?.says(says);
        Ok(client)
    }

    /// The dropped client tries again when its second is over, and not when there is room.
    fn is_let_in(&self, client: &Socket, number: u64, room: Instant) -> io::Result<()> {
        connected(client)?;
        let event = self.trace.event("clients", "syn-again").to("kernel");
        let times = tcp::counted(client)?.sent_again;
        let says = format!("client {number}: the SYN again (`TCP_INFO`: sent again {times})");
        event.says(says);
        let event = self.trace.event("kernel", "connected").to("clients");
        let time = room.elapsed().as_secs_f64();
        let says = format!("client {number} is connected, {time:.2} s after there was room");
        self.with_levels(event)?.says(says);
        Ok(())
    }

    fn accept(&self, number: u64) -> io::Result<()> {
        let event = self.trace.event("server", "accept").to("kernel");
        let _accepted = self.listener.accept()?;
        self.with_levels(event)?.says(format!("`accept` takes client {number}"));
        Ok(())
    }
}

fn socket() -> io::Result<Socket> {
    Socket::new(Domain::IPV4, Type::STREAM, None)
}

/// Sleeps until the client has heard the SYN-ACK.
fn connected(client: &Socket) -> io::Result<()> {
    tcp::until_writable(client)?;
    client.take_error()?.map_or(Ok(()), Err)
}

/// How often a connection found an accept queue full, in this network namespace.
fn overflows() -> io::Result<u64> {
    Ok(counters::read("/proc/net/netstat", "TcpExt", "ListenOverflows")? as u64)
}
