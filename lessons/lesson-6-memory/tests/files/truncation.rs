//! Files that become shorter while they are served.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use memory::files::{Found, Sent};
use rustix::io::Errno;
use witness::rendezvous::WAIT_MAX;
use witness::thread::Thread;

use super::{Way, by_mapping, by_sendfile, bytes, directory, drain, small_socket};

const LENGTH: usize = 1 << 20;

fn truncate(directory: &Path, length: u64) {
    let file = File::options().write(true).open(directory.join("file")).expect("it is there");
    file.set_len(length).expect("it can be truncated");
}

/// Begins to send a file, truncates it to `length`, and goes on. Returns what came and how it ended.
fn truncated_to(length: u64, send: Way<'_>, directory: &Path) -> (Vec<u8>, io::Error) {
    let (near, mut far) = small_socket();
    let (mut part, mut received) = (0..LENGTH as u64, Vec::new());
    assert_eq!(send(near.as_fd(), &mut part).unwrap(), Sent::SocketFull);
    truncate(directory, length);
    // Many times as often as the socket has to be emptied for the whole file.
    for _ in 0..10_000 {
        drain(&mut far, &mut received);
        match send(near.as_fd(), &mut part) {
            Ok(Sent::SocketFull) => {}
            Ok(Sent::All) => panic!("bytes were sent that the file has not"),
            Err(error) => {
                drain(&mut far, &mut received);
                assert_eq!(part.start, received.len() as u64, "the part says what was sent");
                return (received, error);
            }
        }
    }
    panic!("it goes on for ever");
}

#[test]
fn send_ends_with_an_error_where_the_file_ends() {
    let contents = bytes(LENGTH);
    let (directory, root) = directory("file", &contents);
    let found = root.find("file").unwrap();
    let (received, error) = truncated_to(500_001, &by_sendfile(&found), directory.path());
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(received == contents[..500_001], "all that is left was sent, and nothing else");
}

#[test]
fn write_to_ends_with_an_error_and_no_signal() {
    let contents = bytes(LENGTH);
    // To nothing, within a page in the middle, and within the last page, behind which no fault would tell.
    for length in [0, 500_001, LENGTH as u64 - 1] {
        let (directory, root) = directory("file", &contents);
        let found = root.find("file").unwrap();
        let (received, error) = truncated_to(length, &by_mapping(&found), directory.path());
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "to {length}");
        assert!(contents.starts_with(&received), "to {length}: only bytes of the file");
    }
}

#[test]
fn a_part_that_ends_behind_the_file_is_the_same_error() {
    let (_directory, root) = directory("file", b"contents");
    let found = root.find("file").unwrap();
    for send in [&by_sendfile(&found) as Way<'_>, &by_mapping(&found)] {
        let (near, _far) = small_socket();
        let error = send(near.as_fd(), &mut (4..9)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}

#[test]
fn reading_a_truncated_file_comes_to_its_end() {
    let (directory, root) = directory("file", b"contents");
    let found = root.find("file").unwrap();
    truncate(directory.path(), 3);
    let mut bytes = [0; 8];
    assert_eq!(found.read_at(&mut bytes, 0).unwrap(), 3);
    assert_eq!(found.read_at(&mut bytes, 3).unwrap(), 0);
}

#[test]
fn a_mapping_is_as_long_as_it_says_even_of_a_file_that_was_truncated_before() {
    let (directory, root) = directory("file", &bytes(LENGTH));
    let found = root.find("file").unwrap();
    truncate(directory.path(), 1);
    let mapping = found.map().unwrap();
    assert_eq!(mapping.len(), LENGTH);
    // What lies behind a shorter one belongs to somebody else, and would be sent.
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let path = directory.path().join("file");
    let line = maps.lines().find(|line| line.ends_with(path.to_str().unwrap())).expect("mapped");
    let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
    let address = |hexadecimal| usize::from_str_radix(hexadecimal, 16).unwrap();
    assert!(address(end) - address(start) >= LENGTH, "{line}");
}

#[test]
fn the_kernel_reports_a_page_that_is_gone() {
    let (directory, root) = directory("file", &bytes(LENGTH));
    let mapping = root.find("file").unwrap().map().unwrap();
    truncate(directory.path(), 0);
    let (near, _far) = small_socket();
    // SAFETY: the bytes go to `write` and nowhere else.
    assert_eq!(rustix::io::write(&near, unsafe { mapping.bytes() }), Err(Errno::FAULT));
}

/// Truncates the file while the kernel waits, in the middle of `send`, for room in the socket.
fn truncated_inside(send: impl Fn(&Found, &UnixStream) -> io::Result<Sent> + Send + 'static) {
    let contents = bytes(LENGTH);
    let (directory, root) = directory("file", &contents);
    let found = root.find("file").unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    far.set_read_timeout(Some(WAIT_MAX)).unwrap();
    near.set_write_timeout(Some(2 * WAIT_MAX)).unwrap();
    let (name, named) = mpsc::channel();
    let sender = thread::spawn(move || {
        name.send(Thread::this().expect("/proc is mounted")).expect("the test waits");
        send(&found, &near)
    });
    let thread = named.recv_timeout(WAIT_MAX).expect("it says who it is");
    far.read_exact(&mut [0]).expect("it has begun");
    thread.until_asleep().expect("the socket is full");
    truncate(directory.path(), 0);
    let mut received = Vec::new();
    far.read_to_end(&mut received).expect("the sender closes");
    assert!(contents[1..].starts_with(&received) && received.len() < LENGTH - 1);
    assert_eq!(sender.join().unwrap().unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn send_survives_a_truncation_in_the_middle_of_the_call() {
    truncated_inside(|found, to| found.send(to.as_fd(), &mut (0..LENGTH as u64)));
}

#[test]
fn write_to_survives_a_truncation_in_the_middle_of_the_call() {
    truncated_inside(|found, to| found.map()?.write_to(to.as_fd(), &mut (0..LENGTH)));
}

#[test]
fn write_to_survives_a_truncation_before_the_first_byte_of_the_call() {
    let (directory, root) = directory("file", &bytes(LENGTH));
    let mapping = root.find("file").unwrap().map().unwrap();
    let (near, mut far) = small_socket();
    let filler = [b'x'; LENGTH];
    while rustix::io::write(&near, &filler).is_ok() {}
    // The socket is full, so the call waits before it has looked at any page.
    near.set_nonblocking(false).unwrap();
    near.set_write_timeout(Some(2 * WAIT_MAX)).unwrap();
    let (name, named) = mpsc::channel();
    let sender = thread::spawn(move || {
        name.send(Thread::this().expect("/proc is mounted")).expect("the test waits");
        mapping.write_to(near.as_fd(), &mut (0..LENGTH))
    });
    let thread = named.recv_timeout(WAIT_MAX).expect("it says who it is");
    thread.until_asleep().expect("the socket is full");
    truncate(directory.path(), 0);
    let mut received = Vec::new();
    while !sender.is_finished() {
        drain(&mut far, &mut received);
        thread::yield_now();
    }
    let error = sender.join().unwrap().expect_err("the pages are gone");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{error}: EFAULT is a page that is gone");
}

#[test]
fn pages_that_are_gone_cannot_be_brought_in() {
    let (directory, root) = directory("file", &bytes(LENGTH));
    let mapping = root.find("file").unwrap().map().unwrap();
    mapping.populate(0..LENGTH).expect("the whole");
    mapping.populate(5000..5001).expect("any part");
    mapping.populate(7..7).expect("nothing");
    let error = mapping.populate(0..LENGTH + 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    truncate(directory.path(), 500_001);
    mapping.populate(0..500_001).expect("what is left");
    let error = mapping.populate(0..LENGTH).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}
