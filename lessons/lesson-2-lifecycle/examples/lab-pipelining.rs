//! One connection over loopback, with more and more requests on the way at once: how many a second, and how many system calls
//! the server makes for each.
//!
//! Client and server take turns on one processor. On two, each turn would wake up a processor that has gone to sleep, which
//! can take longer than all the rest, and other times on other machines.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use lifecycle::connection::{Limits, serve};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use witness::counters;
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\nhost: localhost\r\n\r\n";
const DEPTHS: [u64; 4] = [1, 4, 16, 64];

fn main() -> Result<(), Box<dyn Error>> {
    let requests = parameter("requests");
    keep_to_one_processor()?;
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("rate", "requests a second", "", 0),
        column("gain", "as many as one at a time", "×", 1),
        column("reads", "`read` a request", "", 3),
        column("writes", "`write` a request", "", 3),
        column("segments", "segments a request", "", 2),
    ]);
    let mut first = None;
    for (done, depth) in DEPTHS.into_iter().enumerate() {
        progress(done, DEPTHS.len());
        let rounds = (requests / depth).max(1);
        let [rate, reads, writes, segments] = measure(rounds, depth)?;
        let row = [rate, rate / *first.get_or_insert(rate), reads, writes, segments];
        let title =
            if depth == 1 { "one at a time".to_owned() } else { format!("{depth} at once") };
        table.row(&depth.to_string(), &title, &row.map(Some));
    }
    progress(DEPTHS.len(), DEPTHS.len());
    table.note("Segments are those of the whole network namespace, of both ends.");
    table.print();
    Ok(())
}

/// This thread, and those that it starts.
fn keep_to_one_processor() -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let first = (0..CpuSet::MAX_CPU).find(|&processor| allowed.is_set(processor));
    let mut one = CpuSet::new();
    one.set(first.ok_or(ErrorKind::NotFound)?);
    Ok(sched_setaffinity(None, &one)?)
}

/// A stream that counts its calls.
struct Counted {
    stream: TcpStream,
    reads: u64,
    writes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        self.stream.read(buffer)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Requests a second, and reads, writes and segments a request.
fn measure(rounds: u64, depth: u64) -> Result<[f64; 4], Box<dyn Error>> {
    let (client, server) = tcp::pair();
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (before, begin) = (segments()?, Instant::now());
    let serving = thread::spawn(move || -> io::Result<Counted> {
        let mut stream = Counted { stream: server, reads: 0, writes: 0 };
        let limits = Limits { requests: u64::MAX, ..Limits::default() };
        serve(&mut stream, &limits, |_, response| {
            response.content_type = "text/plain";
            response.body.extend_from_slice(b"Hello, World!");
        })?;
        Ok(stream)
    });
    ask(client, rounds, depth)?;
    let time = begin.elapsed().as_secs_f64();
    let counted = serving.join().expect("the server does not panic")?;
    let segments = segments()? - before;
    let requests = (rounds * depth) as f64;
    let each = |count: u64| count as f64 / requests;
    Ok([requests / time, each(counted.reads), each(counted.writes), segments / requests])
}

fn segments() -> io::Result<f64> {
    counters::read("/proc/net/snmp", "Tcp", "OutSegs")
}

/// Sends `depth` requests with one write, and reads until all are answered.
fn ask(mut client: TcpStream, rounds: u64, depth: u64) -> io::Result<()> {
    let together = REQUEST.repeat(depth as usize);
    let mut buffer = vec![0; 64 << 10];
    let mut answer_bytes = 0;
    for round in 0..rounds {
        client.write_all(&together)?;
        let mut received = 0;
        // All answers have the same length, which the first one shows.
        while received == 0 || received < answer_bytes * depth as usize {
            match client.read(&mut buffer[received..])? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => received += count,
            }
            if round == 0 {
                answer_bytes = length_of_one(&buffer[..received])?;
            }
        }
    }
    Ok(())
}

fn length_of_one(bytes: &[u8]) -> io::Result<usize> {
    const BODY: &[u8] = b"Hello, World!";
    let end = bytes.windows(BODY.len()).position(|window| window == BODY);
    end.map(|start| start + BODY.len()).ok_or(ErrorKind::InvalidData.into())
}
