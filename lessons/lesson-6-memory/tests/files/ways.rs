//! The ways to a file's bytes.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt as _;
use std::thread;

use memory::files::Sent;
use rustix::io::{Errno, IoSlice};
use witness::allocations::{CountingAllocator, counted};
use witness::machine::environment;
use witness::tcp::{pair, until_writable};

use super::{Way, by_mapping, by_sendfile, bytes, deliver, directory, small_socket};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Not a multiple of anything.
const LENGTH: usize = 300_001;

#[test]
fn every_way_sends_the_same_bytes_through_any_number_of_partial_writes() {
    let contents = bytes(LENGTH);
    let (_directory, root) = directory("file", &contents);
    let found = root.find("file").unwrap();
    let (sendfile, mapping) = (by_sendfile(&found), by_mapping(&found));
    let end = LENGTH as u64;
    for part in [0..0, 0..1, 1..4096, 4095..4097, 4096..9000, 77_777..177_778, end - 1..end, 0..end]
    {
        let expected = &contents[part.start as usize..part.end as usize];
        let (by_sendfile, _) = deliver(part.clone(), &sendfile);
        assert!(by_sendfile == expected, "`send` of {part:?}");
        let (by_mapping, _) = deliver(part.clone(), &mapping);
        assert!(by_mapping == expected, "`write_to` of {part:?}");
        let mut read = vec![0; expected.len()];
        assert_eq!(found.read_at(&mut read, part.start).unwrap(), read.len());
        assert!(read == expected, "`read_at` of {part:?}");
    }
    assert!(deliver(0..end, &sendfile).1 >= 2, "`send` met a full socket");
    assert!(deliver(0..end, &mapping).1 >= 2, "`write_to` met a full socket");
}

#[test]
fn every_way_sends_the_same_bytes_through_tcp() {
    let contents = bytes(8 * LENGTH);
    let (_directory, root) = directory("file", &contents);
    let found = root.find("file").unwrap();
    for send in [&by_sendfile(&found) as Way<'_>, &by_mapping(&found)] {
        let (near, mut far) = pair();
        near.set_nonblocking(true).unwrap();
        let reader = thread::spawn(move || {
            let mut received = Vec::new();
            far.read_to_end(&mut received).map(|_| received)
        });
        let mut part = 0..found.length();
        while send(near.as_fd(), &mut part).unwrap() == Sent::SocketFull {
            until_writable(&near).unwrap();
        }
        drop(near);
        assert!(reader.join().unwrap().unwrap() == contents);
    }
}

#[test]
fn an_empty_file_is_sent_at_once() {
    let (_directory, root) = directory("file", b"");
    let found = root.find("file").unwrap();
    assert_eq!(deliver(0..0, &by_sendfile(&found)), (vec![], 0));
    assert_eq!(deliver(0..0, &by_mapping(&found)), (vec![], 0));
    assert!(found.map().unwrap().is_empty());
    assert_eq!(found.read_at(&mut [0; 8], 0).unwrap(), 0);
}

#[test]
fn a_part_may_lie_behind_four_gigabytes() {
    let (directory, root) = directory("file", b"");
    let file = File::options().write(true).open(directory.path().join("file")).unwrap();
    let offset = (1 << 32) + 5;
    file.write_all_at(b"far away", offset).unwrap();
    let found = root.find("file").unwrap();
    assert_eq!(deliver(offset + 4..offset + 8, &by_sendfile(&found)).0, b"away");
}

#[test]
fn a_file_that_grows_is_sent_as_long_as_it_was() {
    let (directory, root) = directory("file", b"short");
    let found = root.find("file").unwrap();
    let mapping = found.map().unwrap();
    fs::write(directory.path().join("file"), b"short no more").unwrap();
    assert_eq!((found.length(), mapping.len()), (5, 5));
    assert_eq!(found.map().unwrap().len(), 5);
}

#[test]
fn mapped_bytes_go_out_between_others_in_one_call() {
    let (_directory, root) = directory("file", b"body");
    let mapping = root.find("file").unwrap().map().unwrap();
    let (near, mut far) = small_socket();
    // SAFETY: the bytes go to `writev` and nowhere else.
    let body = unsafe { mapping.bytes() };
    let all = [IoSlice::new(b"head:"), IoSlice::new(body), IoSlice::new(b";tail")];
    assert_eq!(rustix::io::writev(&near, &all).unwrap(), 14);
    let mut received = [0; 14];
    far.read_exact(&mut received).unwrap();
    assert_eq!(&received, b"head:body;tail");
}

#[test]
fn a_mapping_stays_when_the_file_is_closed_and_removed() {
    let contents = bytes(LENGTH);
    let (directory, root) = directory("file", &contents);
    let send = by_mapping(&root.find("file").unwrap());
    fs::remove_file(directory.path().join("file")).unwrap();
    assert!(deliver(0..LENGTH as u64, &send).0 == contents);
}

#[test]
fn a_peer_that_is_gone_is_an_error_and_no_signal() {
    let (_directory, root) = directory("file", b"contents");
    let found = root.find("file").unwrap();
    for send in [&by_sendfile(&found) as Way<'_>, &by_mapping(&found)] {
        let (near, far) = small_socket();
        drop(far);
        let error = send(near.as_fd(), &mut (0..8)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::PIPE.raw_os_error()));
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
}

/// How often the thread has called `write` and its like (`syscw` of proc_pid_io(5)).
fn write_calls() -> u64 {
    let io = fs::read_to_string("/proc/thread-self/io").unwrap_or_else(|error| {
        environment(&format!("cannot read `/proc/thread-self/io`: {error}"))
    });
    let line = io.lines().find_map(|line| line.strip_prefix("syscw: "));
    line.and_then(|number| number.parse().ok()).expect("it counts calls")
}

/// How often the thread has touched a page that was not mapped yet (field 10 of proc_pid_stat(5)).
fn minor_faults() -> u64 {
    let stat = fs::read_to_string("/proc/thread-self/stat").expect("/proc is mounted");
    let behind_name = stat.rsplit(')').next().expect("it names the program");
    behind_name.split_whitespace().nth(7).expect("it has ten fields").parse().expect("a number")
}

#[test]
fn a_megabyte_takes_one_call_and_no_memory() {
    let (_directory, root) = directory("file", &bytes(1 << 20));
    let found = root.find("file").unwrap();
    let nowhere = File::options().write(true).open("/dev/null").unwrap();
    for send in [&by_sendfile(&found) as Way<'_>, &by_mapping(&found)] {
        let mut part = 0..1 << 20;
        let before = write_calls();
        let (sent, counts) = counted(|| send(nowhere.as_fd(), &mut part));
        assert_eq!(sent.unwrap(), Sent::All);
        assert_eq!((write_calls() - before, counts.allocations), (1, 0));
    }
}

#[test]
fn a_file_is_found_with_one_allocation() {
    let (_directory, root) = directory("file", b"contents");
    let (found, counts) = counted(|| root.find("file"));
    assert_eq!((found.unwrap().length(), counts.allocations), (8, 1));
}

#[test]
fn sendfile_needs_no_page_mapped_and_a_kept_mapping_needs_each_once() {
    let (_directory, root) = directory("file", &vec![7; 16 << 20]);
    let found = root.find("file").unwrap();
    let (sendfile, mapping) = (by_sendfile(&found), by_mapping(&found));
    let faults = |send: Way<'_>| {
        let (near, mut far) = small_socket();
        let (mut part, mut buffer) = (0..found.length(), [0; 65536]);
        let before = minor_faults();
        while send(near.as_fd(), &mut part).unwrap() == Sent::SocketFull {
            while far.read(&mut buffer).is_ok() {}
        }
        minor_faults() - before
    };
    // Once for the test's own code and stack.
    faults(&sendfile);
    let (by_sendfile, first, second) = (faults(&sendfile), faults(&mapping), faults(&mapping));
    println!("faults: {by_sendfile} sendfile, {first} mapping, {second} the same mapping again");
    // The kernel maps neighbours too, up to 2 MiB with one fault.
    assert!(first >= 8, "pages are mapped when they are first needed");
    assert!(by_sendfile < first / 2 && second < first / 2);
}
