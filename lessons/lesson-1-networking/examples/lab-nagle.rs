//! Write, write, read: how long an exchange takes with and without `TCP_NODELAY`.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use networking::latency::{Samples, ping_pong};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

/// A request as a careless client sends it: a header, then a body.
const REQUEST: [u8; 64] = [b'x'; 64];
const HEADER_BYTES: usize = 16;

/// Anything slower than this has waited for a timer, not for the machine.
const STALL: Duration = Duration::from_millis(10);

fn main() -> io::Result<()> {
    let rounds = parameter("rounds") as usize;
    let milliseconds = |key, title| Column { key, title, unit: "ms", digits: 3 };
    let mut table = Table::new(vec![
        milliseconds("p50", "p50"),
        milliseconds("p99", "p99"),
        milliseconds("max", "max"),
        Column { key: "stalled", title: "over 10 ms", unit: "%", digits: 0 },
    ]);
    let cases = [
        ("write-write-read", "two writes, then a read", false, false),
        ("nodelay", "two writes, TCP_NODELAY", true, false),
        ("one-write", "one write, default options", false, true),
    ];
    for (number, (key, title, nodelay, whole)) in cases.into_iter().enumerate() {
        progress(number, cases.len());
        let samples = exchanges(rounds, nodelay, whole)?;
        let at = |percent| samples.percentile(percent).map(|time| time.as_secs_f64() * 1e3);
        let mut share = 100.0;
        while share > 0.0 && samples.percentile(share).is_some_and(|time| time > STALL) {
            share -= 1.0;
        }
        table.row(key, title, &[at(50.0), at(99.0), at(100.0), Some(100.0 - share)]);
    }
    progress(cases.len(), cases.len());
    table.print();
    Ok(())
}

fn exchanges(rounds: usize, nodelay: bool, whole: bool) -> io::Result<Samples> {
    let (client, mut server) = tcp::pair();
    client.set_nodelay(nodelay)?;
    let answering = thread::spawn(move || {
        let mut request = REQUEST;
        // Until the client is gone.
        while server.read_exact(&mut request).is_ok() && server.write_all(&request).is_ok() {}
    });
    let part = if whole { REQUEST.len() } else { HEADER_BYTES };
    let mut client = InParts { stream: client, part, sent: 0 };
    let samples = ping_pong(&mut client, &REQUEST, rounds, Instant::now)?;
    drop(client);
    answering.join().expect("the server does not panic");
    Ok(samples)
}

/// A stream that takes the first `part` bytes of a request in one `write`, and the rest in the next.
struct InParts {
    stream: TcpStream,
    part: usize,
    sent: usize,
}

impl Write for InParts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = if self.sent < self.part { self.part - self.sent } else { usize::MAX };
        let taken = self.stream.write(&bytes[..bytes.len().min(room)])?;
        self.sent = (self.sent + taken) % REQUEST.len();
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Read for InParts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}
