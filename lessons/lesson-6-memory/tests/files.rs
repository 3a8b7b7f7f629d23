//! Goal: only regular files below the root are found; what is sent is what is there, in every way and through any
//! number of partial writes; a file truncated meanwhile is an error, no signal, and no endless loop.
//!
//! Method: real files and sockets. A Unix socket with a small buffer makes partial writes; nobody else touches it, so
//! that what one send did can be compared byte by byte. The kernel counts system calls, faults and descriptors.
//! Not proven: speed (the benchmark), and that a disk which is slow holds up nobody else. It does.

#[path = "files/names.rs"]
mod names;
#[path = "files/select.rs"]
mod select;
#[path = "files/tags.rs"]
mod tags;
#[path = "files/truncation.rs"]
mod truncation;
#[path = "files/ways.rs"]
mod ways;

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use memory::files::{Found, Root, Sent};
use tempfile::TempDir;

/// A directory with a file in it.
fn directory(name: &str, contents: &[u8]) -> (TempDir, Root) {
    let directory = TempDir::new().expect("a directory for the test");
    fs::write(directory.path().join(name), contents).expect("a file for the test");
    let root = Root::open(directory.path()).expect("it is there");
    (directory, root)
}

/// Bytes of which no two neighbourhoods look alike.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u32 / 4 + 1).flat_map(u32::to_le_bytes).take(length).collect()
}

/// A socket that does not block and takes about 10 kB, and its other end.
fn small_socket() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().expect("a pair of sockets");
    rustix::net::sockopt::set_socket_send_buffer_size(&near, 4096).expect("a small buffer");
    near.set_nonblocking(true).expect("it can");
    far.set_nonblocking(true).expect("it can");
    (near, far)
}

/// Adds all that lies in the socket.
fn drain(far: &mut UnixStream, received: &mut Vec<u8>) {
    match far.read_to_end(received) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
    }
}

/// Sends `part` and empties the socket whenever it is full, so that each send finds the same room. Returns the bytes
/// that came, and how often the socket was full.
fn deliver(part: Range<u64>, send: Way<'_>) -> (Vec<u8>, usize) {
    let (near, mut far) = small_socket();
    let (mut left, mut received, mut full) = (part.clone(), Vec::new(), 0);
    loop {
        let before = left.start;
        let sent = send(near.as_fd(), &mut left).expect("it can be sent");
        drain(&mut far, &mut received);
        assert_eq!(left.start - part.start, received.len() as u64, "the part says what was sent");
        if sent == Sent::All {
            return (received, full);
        }
        assert!(left.start > before, "an empty socket takes something");
        full += 1;
    }
}

/// One of the ways to send a part of a file.
type Way<'a> = &'a dyn Fn(BorrowedFd<'_>, &mut Range<u64>) -> io::Result<Sent>;

fn by_sendfile(found: &Found) -> impl Fn(BorrowedFd<'_>, &mut Range<u64>) -> io::Result<Sent> {
    |to, part| found.send(to, part)
}

fn by_mapping(
    found: &Found,
) -> impl Fn(BorrowedFd<'_>, &mut Range<u64>) -> io::Result<Sent> + use<> {
    let mapping = found.map().expect("it can be mapped");
    move |to, part| {
        let mut of_memory = part.start as usize..part.end as usize;
        let sent = mapping.write_to(to, &mut of_memory);
        part.start = of_memory.start as u64;
        sent
    }
}

/// How many descriptors of this process lead to `directory` or below.
fn descriptors(directory: &Path) -> usize {
    let all = fs::read_dir("/proc/self/fd").expect("/proc is mounted");
    let leads_there = |link: &fs::DirEntry| {
        fs::read_link(link.path()).is_ok_and(|target| target.starts_with(directory))
    };
    all.filter_map(Result::ok).filter(leads_there).count()
}
