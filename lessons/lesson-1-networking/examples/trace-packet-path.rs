//! One request over loopback, and its answer: how far a packet comes while nobody in the server runs.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::scope;

use networking::listener::{ListenOptions, listen};
use witness::thread::Thread;
use witness::trace::{Event, Gauge, Recorder, kernel, program};
use witness::{counters, tcp};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: workbook\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &ListenOptions::default())
        .map_err(|error| error.to_string())?;
    let client = tcp::connect(listener.local_addr()?)?;
    let server = tcp::bounded(listener.accept()?.0)?;
    let most = REQUEST.len() as u64;
    let unread = Gauge { key: "unread", title: "unread, server", unit: "B", max: most };
    let softirqs = Gauge { key: "softirqs", title: "NET_RX softirqs", unit: "", max: 4 };
    let trace = Recorder::new(
        &[program("client"), kernel("kernel"), program("server")],
        &[unread, softirqs],
    );
    let stage = Stage { trace: &trace, client, server, softirqs_before: softirqs_now()? };
    let (says_who, who) = channel();
    let (to_server, from_client) = channel();
    let (to_client, from_server) = channel();
    let asking = Thread::this()?;
    scope(|threads| {
        let stage = &stage;
        let serving = threads.spawn(move || {
            says_who.send(Thread::this()?)?;
            stage.serve(&asking, &to_client, &from_client)
        });
        stage.ask(&who.recv()?, &to_server, &from_server)?;
        serving.join().expect("the server does not panic")
    })?;
    Ok(trace.print()?)
}

/// The two threads tell each other when to go on, so that everything has one order.
type Turn = ();

type Done = Result<(), Box<dyn Error + Send + Sync>>;

struct Stage<'a> {
    trace: &'a Recorder,
    client: TcpStream,
    server: TcpStream,
    softirqs_before: u64,
}

impl Stage<'_> {
    fn with_levels<'e>(&self, event: Event<'e>) -> io::Result<Event<'e>> {
        Ok(event
            .gauge("unread", tcp::unread(&self.server)? as u64)
            .gauge("softirqs", softirqs_now()? - self.softirqs_before))
    }

    /// The client's thread.
    fn ask(&self, server: &Thread, to_server: &Sender<Turn>, turn: &Receiver<Turn>) -> Done {
        server.until_asleep()?;
        let sleeps = server.sleeps()?;
        let event = self.trace.event("server", "sleeps");
        self.with_levels(event)?.says("its thread sleeps, and not in `read`");

        let event = self.trace.event("client", "write").to("kernel");
        event.says(format!("`write`, {} bytes: the request", REQUEST.len()));
        (&self.client).write_all(REQUEST)?;
        let event = self.trace.event("kernel", "write-returns").to("client");
        event.says("`write` returns: the kernel has taken them");
        self.kernel_works(server, sleeps)?;

        to_server.send(())?;
        turn.recv()?;
        let event = self.trace.event("client", "read").to("kernel");
        self.with_levels(event)?.says("`read`: nothing is there yet");
        let (sleeps, mut answer) = (Thread::this()?.sleeps()?, [0; ANSWER.len()]);
        to_server.send(())?;
        (&self.client).read_exact(&mut answer)?;
        let event = self.trace.event("kernel", "read-returns").to("client");
        let times = Thread::this()?.sleeps()? - sleeps;
        let says = format!("`read` returns {} bytes; times it slept: {times}", answer.len());
        self.with_levels(event)?.says(says);
        Ok(())
    }

    /// What the kernel has done with the request when `write` returned, or does in the next moment.
    fn kernel_works(&self, server: &Thread, sleeps: u64) -> Done {
        tcp::until(|| Ok(tcp::unread(&self.server)? == REQUEST.len()))?;
        let event = self.trace.event("kernel", "softirq");
        let times = softirqs_now()? - self.softirqs_before;
        let says = format!("`NET_RX` softirqs by now: {times} (`/proc/softirqs`)");
        self.with_levels(event)?.says(says);

        let event = self.trace.event("kernel", "received");
        let segments = tcp::counted(&self.server)?.received_data;
        let says = format!("segments with data at the server’s TCP: {segments}");
        self.with_levels(event)?.says(says);

        tcp::until(|| Ok(tcp::counted(&self.client)?.unacknowledged == 0))?;
        let event = self.trace.event("kernel", "acknowledged");
        let says = "acknowledged: the client’s TCP has nothing on the way";
        self.with_levels(event)?.says(says);

        let event = self.trace.event("kernel", "in-buffer");
        let (bytes, times) = (tcp::unread(&self.server)?, server.sleeps()? - sleeps);
        let says = format!(
            "{bytes} bytes in the receive buffer; the server’s thread has run {times} times"
        );
        self.with_levels(event)?.says(says);
        Ok(())
    }

    /// The server's thread.
    fn serve(&self, client: &Thread, to_client: &Sender<Turn>, turn: &Receiver<Turn>) -> Done {
        turn.recv()?;
        let (sleeps, mut request) = (Thread::this()?.sleeps()?, [0; REQUEST.len()]);
        let event = self.trace.event("server", "read").to("kernel");
        event.says("its thread is woken and calls `read`");
        (&self.server).read_exact(&mut request)?;
        let event = self.trace.event("kernel", "read-returns").to("server");
        let times = Thread::this()?.sleeps()? - sleeps;
        let says = format!("`read` returns {} bytes; times it slept: {times}", request.len());
        self.with_levels(event)?.says(says);

        to_client.send(())?;
        turn.recv()?;
        client.until_asleep()?;
        let event = self.trace.event("client", "sleeps");
        self.with_levels(event)?.says("its thread sleeps, in `read`");
        let event = self.trace.event("server", "write").to("kernel");
        event.says(format!("`write`, {} bytes: the answer", ANSWER.len()));
        (&self.server).write_all(ANSWER)?;
        Ok(())
    }
}

/// How often the softirq has run, on the whole machine since it started.
fn softirqs_now() -> io::Result<u64> {
    Ok(counters::softirqs("NET_RX")? as u64)
}
