//! Write, write, read: what becomes of two small writes, on a connection that has been used before.
//!
//! One thread plays both programs, so that everything happens in one order; for the kernel they are the
//! two ends of a connection like any other.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use witness::tcp::{self, Counted};
use witness::trace::{Event, Gauge, Recorder, kernel, parameter, program};

/// A new connection acknowledges at once; so many exchanges later, none does any more.
const EARLIER_MAX: usize = 100;

#[allow(dead_code, reason = "`trace-nodelay` has a `main` of its own")]
fn main() -> io::Result<()> {
    exchange(false)
}

/// Records an exchange with or without `TCP_NODELAY` on the client's socket.
pub(crate) fn exchange(nodelay: bool) -> io::Result<()> {
    let (header, body) = (parameter("header") as usize, parameter("body") as usize);
    let bytes = |key, title| Gauge { key, title, unit: "B", max: (header + body) as u64 };
    let trace = Recorder::new(
        &[
            program("client"),
            kernel("client’s socket"),
            kernel("server’s socket"),
            program("server"),
        ],
        &[bytes("held", "held back"), bytes("unread", "unread")],
    );
    let (client, server) = tcp::pair();
    client.set_nodelay(nodelay)?;
    let mut stage = Stage { trace: &trace, client, server };
    stage.earlier()?;
    let before = stage.counted()?;

    let begin = Instant::now();
    stage.client_writes("the header", header, 0)?;
    stage.client_writes("the body", body, header)?;
    let mut request = vec![0; header + body];
    let mut received = 0;
    while received < header + body {
        if tcp::unread(&stage.server)? == 0 {
            stage.server_waits(before)?;
        }
        received += stage.server_reads(&mut request)?;
    }
    stage.server_answers(&request)?;
    stage.client.read_exact(&mut request)?;
    let event = trace.event("client’s socket", "read-returns").to("client");
    let time = begin.elapsed().as_secs_f64() * 1e3;
    let says = format!("`read` returns the answer, {time:.2} ms after the first `write`");
    stage.with_levels(event)?.says(says);
    trace.print()
}

struct Stage<'a> {
    trace: &'a Recorder,
    client: TcpStream,
    server: TcpStream,
}

impl Stage<'_> {
    fn with_levels<'e>(&self, event: Event<'e>) -> io::Result<Event<'e>> {
        Ok(event
            .gauge("held", tcp::counted(&self.client)?.held_bytes as u64)
            .gauge("unread", tcp::unread(&self.server)? as u64))
    }

    /// What the kernel has counted on the client's side and on the server's.
    fn counted(&self) -> io::Result<[Counted; 2]> {
        Ok([tcp::counted(&self.client)?, tcp::counted(&self.server)?])
    }

    /// Exchanges until the server's side has seen that its program answers, and delays acknowledgments.
    fn earlier(&mut self) -> io::Result<()> {
        let mut byte = [0];
        for _ in 0..EARLIER_MAX {
            for stream in [&mut self.client, &mut self.server] {
                stream.write_all(&byte)?;
            }
            for stream in [&mut self.server, &mut self.client] {
                stream.read_exact(&mut byte)?;
            }
        }
        if tcp::delays_acks(&self.server)? {
            return Ok(());
        }
        Err(io::Error::other("the kernel does not delay acknowledgments on this connection"))
    }

    /// A `write`, and whether the bytes leave. So many bytes have arrived before.
    fn client_writes(&mut self, what: &str, bytes: usize, arrived: usize) -> io::Result<()> {
        let event = self.trace.event("client", "write").to("client’s socket");
        self.client.write_all(&vec![b'x'; bytes])?;
        self.with_levels(event)?.says(format!("`write`, {bytes} bytes: {what}"));
        let left = || io::Result::Ok(tcp::unread(&self.server)? == arrived + bytes);
        tcp::until(|| Ok(left()? || tcp::counted(&self.client)?.held_bytes == bytes))?;
        let (event, says) = if left()? {
            let event = self.trace.event("client’s socket", "segment").to("server’s socket");
            (event, format!("{bytes} bytes leave at once"))
        } else {
            let event = self.trace.event("client’s socket", "held-back").bad();
            (event, format!("{bytes} bytes stay: a small segment is on the way"))
        };
        self.with_levels(event)?.says(says);
        Ok(())
    }

    fn server_reads(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let received = self.server.read(room)?;
        let event = self.trace.event("server’s socket", "read-returns").to("server");
        self.with_levels(event)?.says(format!("`read` returns {received} bytes"));
        Ok(received)
    }

    /// The server sleeps until the rest comes, and that comes when the first part is acknowledged.
    fn server_waits(&self, before: [Counted; 2]) -> io::Result<()> {
        let event = self.trace.event("server", "waits").to("server’s socket");
        self.with_levels(event)?.says("not the whole request: it sleeps in `poll`");
        tcp::until_readable(&self.server)?;
        let event = self.trace.event("server’s socket", "acknowledgment").to("client’s socket");
        let [client, server] = self.counted()?;
        let bytes = client.acknowledged_bytes - before[0].acknowledged_bytes;
        let alone = alone(server) - alone(before[1]);
        event.says(format!("{bytes} bytes acknowledged, by {alone} segment without data"));
        let event = self.trace.event("client’s socket", "segment").to("server’s socket");
        let bytes = tcp::unread(&self.server)?;
        self.with_levels(event)?.says(format!("{bytes} bytes leave: nothing is on the way now"));
        Ok(())
    }

    fn server_answers(&mut self, answer: &[u8]) -> io::Result<()> {
        let event = self.trace.event("server", "write").to("server’s socket");
        self.server.write_all(answer)?;
        self.with_levels(event)?.says(format!("`write`, {} bytes: the answer", answer.len()));
        tcp::until(|| Ok(tcp::unread(&self.client)? == answer.len()))?;
        let event = self.trace.event("server’s socket", "segment").to("client’s socket");
        self.with_levels(event)?.says(format!("{} bytes leave at once", answer.len()));
        Ok(())
    }
}

/// Segments that had no data: acknowledgments that nothing took along.
fn alone(counted: Counted) -> u32 {
    counted.sent - counted.sent_data
}
