//! A byte comes back, on many connections, from a server of one thread: by `epoll`, with a `read` and a `write` for each byte, and
//! by `io_uring`, which takes what is to be done out of one ring, and puts what has been done into another. How many times is
//! the kernel called for each byte, and how much processor time does that take?

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};
use std::thread;
use std::time::Duration;

use async_io::reactor::{Interest, Reactor, Trigger};
use io_uring::{IoUring, opcode, squeue, types};
use rustix::time::{ClockId, clock_gettime};
use witness::lab::{Column, Table, parameter, progress};
use witness::tcp;

const CONNECTIONS: [usize; 3] = [1, 8, 64];

/// What a server has done.
struct Served {
    calls: u64,
    processor: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = parameter("rounds");
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("epoll-calls", "epoll: system calls a byte", "", 2),
        column("uring-calls", "io_uring: system calls a byte", "", 2),
        column("epoll", "epoll: processor time a byte", "µs", 2),
        column("uring", "io_uring: processor time a byte", "µs", 2),
    ]);
    let uring = IoUring::new(8).is_ok();
    for (done, connections) in CONNECTIONS.into_iter().enumerate() {
        progress(done, CONNECTIONS.len());
        let bytes = (rounds * connections as u64) as f64;
        let epoll = measure(connections, rounds, by_epoll)?;
        let ring = if uring { Some(measure(connections, rounds, by_uring)?) } else { None };
        let calls = |served: &Served| served.calls as f64 / bytes;
        let time = |served: &Served| served.processor.as_secs_f64() * 1e6 / bytes;
        let row = [
            Some(calls(&epoll)),
            ring.as_ref().map(calls),
            Some(time(&epoll)),
            ring.as_ref().map(time),
        ];
        let title = if connections == 1 {
            "1 connection".to_owned()
        } else {
            format!("{connections} connections")
        };
        table.row(&connections.to_string(), &title, &row);
    }
    progress(CONNECTIONS.len(), CONNECTIONS.len());
    table.note(if uring {
        "The client sends a byte on each connection, and then waits for all of them."
    } else {
        "This kernel does not let us use io_uring (`sysctl kernel.io_uring_disabled`)."
    });
    table.print();
    Ok(())
}

/// So many times: a byte on each connection, and back.
fn measure(
    connections: usize,
    rounds: u64,
    serve: fn(&[TcpStream], u64) -> io::Result<u64>,
) -> io::Result<Served> {
    let (mut clients, servers): (Vec<_>, Vec<_>) = (0..connections).map(|_| tcp::pair()).unzip();
    for stream in clients.iter().chain(&servers) {
        stream.set_nodelay(true)?;
    }
    let total = rounds * connections as u64;
    thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let begin = clock_gettime(ClockId::ThreadCPUTime);
            let calls = serve(&servers, total)?;
            let end = clock_gettime(ClockId::ThreadCPUTime);
            let nanoseconds =
                (end.tv_sec - begin.tv_sec) * 1_000_000_000 + end.tv_nsec - begin.tv_nsec;
            Ok(Served { calls, processor: Duration::from_nanos(nanoseconds as u64) })
        });
        for _ in 0..rounds {
            clients.iter_mut().try_for_each(|client| client.write_all(b"!"))?;
            clients.iter_mut().try_for_each(|client| client.read_exact(&mut [0]))?;
        }
        serving.join().expect("a server does not panic")
    })
}

fn by_epoll(streams: &[TcpStream], total: u64) -> io::Result<u64> {
    let mut reactor = Reactor::new()?;
    let interest = Interest { read: true, write: false };
    let mut keys = std::collections::HashMap::new();
    for stream in streams {
        stream.set_nonblocking(true)?;
        keys.insert(reactor.register(stream, interest, Trigger::Level)?, stream);
    }
    let (mut calls, mut echoed) = (0, 0);
    while echoed < total {
        reactor.wait(None)?;
        calls += 1;
        while let Some(event) = reactor.next() {
            let mut stream = keys[&event.key];
            let mut buffer = [0; 64];
            let count = stream.read(&mut buffer)?;
            stream.write_all(&buffer[..count])?;
            calls += 2;
            echoed += count as u64;
        }
    }
    Ok(calls)
}

/// What a completion is about: the connection, and whether it has read or written.
fn tag(connection: usize, writes: bool) -> u64 {
    (connection as u64) << 1 | u64::from(writes)
}

fn by_uring(streams: &[TcpStream], total: u64) -> io::Result<u64> {
    // Before the ring, so that they are dropped behind it: of each connection what it has read, and what it writes.
    let mut buffers = vec![([0_u8; 64], [0_u8; 64]); streams.len()];
    let mut ring = new_ring(2 * streams.len().next_power_of_two() as u32)?;
    let read = |connection: usize, buffer: &mut [u8; 64]| {
        let descriptor = types::Fd(streams[connection].as_raw_fd());
        let entry = opcode::Recv::new(descriptor, buffer.as_mut_ptr(), buffer.len() as u32);
        entry.build().user_data(tag(connection, false))
    };
    for (connection, (input, _)) in buffers.iter_mut().enumerate() {
        push(&mut ring, &read(connection, input))?;
    }
    let (mut calls, mut echoed) = (0, 0);
    while echoed < total {
        // Hands over what is to be done, and waits until something has been.
        ring.submit_and_wait(1)?;
        calls += 1;
        let done: Vec<_> =
            ring.completion().map(|entry| (entry.user_data(), entry.result())).collect();
        for (tag_of, result) in done {
            let connection = (tag_of >> 1) as usize;
            let count = u32::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result))?;
            if tag_of & 1 == 1 {
                echoed += u64::from(count);
                continue;
            }
            let (input, output) = &mut buffers[connection];
            *output = *input;
            let descriptor: RawFd = streams[connection].as_raw_fd();
            let entry = opcode::Send::new(types::Fd(descriptor), output.as_ptr(), count);
            push(&mut ring, &entry.build().user_data(tag(connection, true)))?;
            push(&mut ring, &read(connection, input))?;
        }
    }
    Ok(calls)
}

/// A ring that does its work when this thread asks for completions, and does not interrupt it before (Linux 6.1).
fn new_ring(entries: u32) -> io::Result<IoUring> {
    let best = IoUring::builder().setup_single_issuer().setup_defer_taskrun().build(entries);
    best.or_else(|_| IoUring::new(entries))
}

fn push(ring: &mut IoUring, entry: &squeue::Entry) -> io::Result<()> {
    // SAFETY: a connection has at most a read and a write under way, each with a buffer of its own. What it has read is not
    // touched before that is completed; what it writes is not touched before the client, which waits for it, sends again. Buffers
    // and descriptors are dropped behind the ring; what is then still waited for is a byte that no client sends.
    unsafe { ring.submission().push(entry) }.map_err(io::Error::other)
}
