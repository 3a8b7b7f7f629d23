//! Parts of files.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;

use memory::buffers::Buffers;

use super::{SECRET, taken};

/// A file that may be read, and nobody else has.
fn file(contents: &[u8]) -> File {
    let file = tempfile::tempfile().expect("a file for the test");
    file.write_all_at(contents, 0).expect("it can be written");
    file
}

#[test]
fn a_part_that_fits_is_read_as_a_whole() {
    let file = file(b"Ada Lovelace, Grace Hopper");
    let mut buffer = taken(&Buffers::new(16, 1));
    let mut part = 4..12;
    buffer.fill(&file, &mut part).expect("it is there");
    assert_eq!((&*buffer, buffer.room(), part), (&b"Lovelace"[..], 8, 12..12));
}

#[test]
fn nothing_behind_the_part_is_read() {
    let file = file(b"Ada Lovelace");
    let mut buffer = taken(&Buffers::new(16, 1));
    buffer.fill(&file, &mut (0..3)).expect("it is there");
    assert_eq!(&*buffer, b"Ada");
}

#[test]
fn a_long_part_is_read_one_buffer_after_the_other() {
    let contents: Vec<u8> = (0..100).collect();
    let file = file(&contents);
    let buffers = Buffers::new(16, 1);
    let (mut part, mut read) = (3..100, Vec::new());
    for left in [81, 65, 49, 33, 17, 1, 0] {
        let mut buffer = taken(&buffers);
        buffer.fill(&file, &mut part).expect("it is there");
        assert_eq!(part, 100 - left..100, "as much has come as there is room for");
        read.extend_from_slice(&buffer);
    }
    assert_eq!(read, &contents[3..]);
}

#[test]
fn reads_that_are_short_are_not_the_end() {
    // A file that the kernel writes while it is read: it returns about a page at a time.
    let file = File::open("/proc/self/smaps").expect("/proc is mounted");
    let mut buffer = taken(&Buffers::new(10_000, 1));
    let mut part = 0..12_000;
    buffer.fill(&file, &mut part).expect("it is longer than that");
    assert_eq!((buffer.len(), part), (10_000, 10_000..12_000), "the buffer is full");
}

#[test]
fn what_is_read_comes_behind_what_is_there() {
    let file = file(b"Lovelace");
    let mut buffer = taken(&Buffers::new(8, 1));
    buffer.write_all(b"Ada ").expect("there is room");
    let mut part = 0..8;
    buffer.fill(&file, &mut part).expect("it is there");
    assert_eq!((&*buffer, part.clone()), (&b"Ada Love"[..], 4..8));
    buffer.fill(&file, &mut part).expect("a full buffer needs nothing");
    assert_eq!((&*buffer, part), (&b"Ada Love"[..], 4..8));
}

#[test]
fn a_part_of_nothing_reads_nothing() {
    let mut buffer = taken(&Buffers::new(8, 1));
    buffer.fill(&file(b""), &mut (7..7)).expect("nothing is needed");
    assert!(buffer.is_empty());
}

#[test]
fn a_file_that_ends_early_is_an_error_and_shows_nothing_stale() {
    let file = file(b"Ada");
    let buffers = Buffers::new(16, 1);
    taken(&buffers).write_all(&SECRET.repeat(2)).expect("there is room");
    let mut buffer = taken(&buffers);
    let mut part = 1..9;
    let error = buffer.fill(&file, &mut part).expect_err("it ends early");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!((&*buffer, part), (&b"da"[..], 3..9), "what came is in the buffer");
}

#[test]
fn what_the_kernel_reports_is_passed_on_and_shows_nothing_stale() {
    let file = OpenOptions::new().write(true).open("/dev/null").expect("it is there");
    let buffers = Buffers::new(16, 1);
    taken(&buffers).write_all(SECRET).expect("there is room");
    let mut buffer = taken(&buffers);
    let mut part = 0..9;
    let error = buffer.fill(&file, &mut part).expect_err("it was opened for writing only");
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::BADF.raw_os_error()));
    assert_eq!((&*buffer, part), (&b""[..], 0..9));
}

#[test]
fn the_offset_of_the_file_stays_where_it_is() {
    let mut file = file(b"Ada Lovelace");
    file.rewind().expect("it can");
    taken(&Buffers::new(16, 1)).fill(&file, &mut (0..12)).expect("it is there");
    assert_eq!(file.stream_position().ok(), Some(0));
}
