//! What it shows: bytes a second out of the page cache into a loopback connection, from more files than fit into the
//! processor's cache. In the group `files` each is found and opened when its turn comes; in `files-ways` all are kept,
//! and so is the buffer of who copies.
//!
//! What it does not show: a disk, a network card, and a peer that reads. The other side throws away what came
//! (`MSG_TRUNC`, tcp(7)), because its copies would be timed as the sender's; and it does so on the same thread whenever
//! the socket is full, because most of the time would go to waking another one.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use memory::files::{Found, Mapping, Root, Sent};
use rustix::net::{RecvFlags, recv};
use tempfile::TempDir;
use witness::tcp::pair;

const FILE_BYTES: u64 = 1 << 20;
const FILES: usize = 128;

/// The parts of files that `files-ways` sends.
const PARTS: [(&str, u64); 2] = [("64k", 64 << 10), ("1m", FILE_BYTES)];

/// A connection whose other side keeps nothing.
struct Drain {
    near: TcpStream,
    far: TcpStream,
    nothing: Vec<u8>,
    received: u64,
}

impl Drain {
    fn new() -> Self {
        let (near, far) = pair();
        near.set_nonblocking(true).expect("it can");
        Self { near, far, nothing: vec![0; 1 << 20], received: 0 }
    }

    /// Throws away what has come, and waits for it if nothing has.
    fn make_room(&mut self) {
        let (_, bytes) = recv(&self.far, &mut self.nothing, RecvFlags::TRUNC).expect("it comes");
        self.received += bytes as u64;
    }

    /// Calls `send` until it has sent all; it says when the socket was full instead.
    fn send_all<Sent: PartialEq>(
        &mut self,
        all: Sent,
        mut send: impl FnMut(BorrowedFd<'_>) -> Sent,
    ) {
        while send(self.near.as_fd()) != all {
            self.make_room();
        }
    }
}

impl Write for Drain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.near.write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.make_room(),
                result => return result,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Times `send`, which sends a file of `length` bytes, until all has come.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    length: u64,
    mut send: impl FnMut(&mut Drain),
) {
    let mut drain = Drain::new();
    group.throughput(Throughput::Bytes(length));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            drain.received = 0;
            send(&mut drain);
            while drain.received < length {
                drain.make_room();
            }
            assert_eq!(drain.received, length);
        });
    });
}

/// A directory with all the files, and their names.
fn directory() -> (TempDir, Vec<String>) {
    let directory = TempDir::new().expect("a directory");
    let names: Vec<String> = (0..FILES).map(|number| format!("{number}.bin")).collect();
    for name in &names {
        fs::write(directory.path().join(name), vec![7; FILE_BYTES as usize]).expect("a file");
    }
    (directory, names)
}

fn files(criterion: &mut Criterion) {
    let (directory, names) = directory();
    let mut group = criterion.benchmark_group("files");
    let mut turns = names.iter().cycle();
    let mut next = || turns.next().expect("it goes round");
    time(&mut group, "naive", FILE_BYTES, |drain| {
        let path = directory.path().join(next());
        let sent = solution::naive::files::send(&path, drain).expect("it sends");
        assert_eq!(sent as u64, FILE_BYTES);
    });
    let root = memory::files::Root::open(directory.path()).expect("it is there");
    time(&mut group, "yours", FILE_BYTES, |drain| {
        let found = root.find(next()).expect("it is there");
        let mut part = 0..found.length();
        let all = memory::files::Sent::All;
        drain.send_all(all, |to| found.send(to, &mut part).expect("it sends"));
    });
    let root = solution::files::Root::open(directory.path()).expect("it is there");
    time(&mut group, "reference", FILE_BYTES, |drain| {
        let found = root.find(next()).expect("it is there");
        let mut part = 0..found.length();
        let all = solution::files::Sent::All;
        drain.send_all(all, |to| found.send(to, &mut part).expect("it sends"));
    });
    group.finish();
}

fn ways(criterion: &mut Criterion) {
    let (directory, names) = directory();
    let root = Root::open(directory.path()).expect("it is there");
    let open = |name: &String| {
        let found = root.find(name).expect("it is there");
        let mapping = found.map().expect("it can be mapped");
        (found, mapping)
    };
    let opened: Vec<(Found, Mapping)> = names.iter().map(open).collect();
    let mut group = criterion.benchmark_group("files-ways");
    for (name, length) in PARTS {
        let starts = (0..FILE_BYTES).step_by(length as usize);
        let mut parts =
            opened.iter().flat_map(|file| starts.clone().map(move |start| (file, start))).cycle();
        let mut next = || parts.next().expect("it goes round");
        let mut buffer = vec![0; 64 << 10];
        time(&mut group, &format!("copy-{name}"), length, |drain| {
            let ((found, _), start) = next();
            let mut part = start..start + length;
            while part.start < part.end {
                let read = found.read_at(&mut buffer, part.start).expect("it reads");
                drain.write_all(&buffer[..read]).expect("it writes");
                part.start += read as u64;
            }
        });
        time(&mut group, &format!("mapping-{name}"), length, |drain| {
            let ((_, mapping), start) = next();
            let mut part = start as usize..(start + length) as usize;
            drain.send_all(Sent::All, |to| mapping.write_to(to, &mut part).expect("it writes"));
        });
        time(&mut group, &format!("sendfile-{name}"), length, |drain| {
            let ((found, _), start) = next();
            let mut part = start..start + length;
            drain.send_all(Sent::All, |to| found.send(to, &mut part).expect("it sends"));
        });
    }
    group.finish();
}

criterion_group!(benches, files, ways);
criterion_main!(benches);
