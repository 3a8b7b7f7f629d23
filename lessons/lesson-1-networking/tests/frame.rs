//! Goal: frames come out whole and in order however the stream was cut; limits hold before memory
//! is taken; few system calls.
//!
//! Method: scripted streams, every split point, counted allocations.
//! Not proven: speed (the benchmark), and what a peer does that stops in the middle of a frame (a
//! time-out's business).

use std::io::ErrorKind;

use networking::frame::{BUFFER_BYTES, FrameError, FrameReader, FrameWriter, HEADER_BYTES};
use witness::allocations::{CountingAllocator, counted};
use witness::script::Script;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const LIMIT: usize = 1 << 20;

/// The bytes of frames on the wire, made without the code under test.
fn wire(payloads: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for payload in payloads {
        bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(payload);
    }
    bytes
}

/// Every frame of a stream, copied out.
fn all_frames(stream: Script) -> Vec<Vec<u8>> {
    let mut reader = FrameReader::new(stream, LIMIT);
    let mut frames = Vec::new();
    while let Some(payload) = reader.next_frame().expect("the stream is well formed") {
        frames.push(payload.to_vec());
        assert!(frames.len() <= 10_000, "the reader hands out frames without end");
    }
    frames
}

#[test]
fn a_frame_is_read() {
    assert_eq!(all_frames(Script::new().reads(wire(&[b"hello"]))), [b"hello"]);
}

#[test]
fn an_empty_frame_is_a_frame() {
    assert_eq!(all_frames(Script::new().reads(wire(&[b"", b"x", b""]))), [&b""[..], b"x", b""]);
}

#[test]
fn a_frame_is_written_in_one_call() {
    let stream = Script::new();
    let mut writer = FrameWriter::new(stream.clone(), LIMIT);
    writer.write_frame(b"hello").unwrap();
    writer.write_frame(b"").unwrap();
    assert_eq!(stream.written(), wire(&[b"hello", b""]));
    assert_eq!(
        stream.write_calls(),
        2,
        "`write` calls for two frames: header and payload leave together"
    );
}

#[test]
fn a_frame_that_the_stream_takes_in_pieces_is_written_whole() {
    let stream = Script::new().write_fails(ErrorKind::Interrupted).every_write_takes(3);
    let mut writer = FrameWriter::new(stream.clone(), LIMIT);
    writer.write_frame(b"eleven more").expect("a `write` may take less, or be interrupted");
    assert_eq!(stream.written(), wire(&[b"eleven more"]), "the bytes on the wire");
}

#[test]
fn every_split_of_the_stream_gives_the_same_frames() {
    let payloads: [&[u8]; 3] = [b"first", b"", b"the third"];
    let bytes = wire(&payloads);
    for first in 0..=bytes.len() {
        for second in first..=bytes.len() {
            let (head, rest) = bytes.split_at(first);
            let (middle, tail) = rest.split_at(second - first);
            let mut stream = Script::new();
            for part in [head, middle, tail].into_iter().filter(|part| !part.is_empty()) {
                stream = stream.reads(part);
            }
            assert_eq!(
                all_frames(stream),
                payloads,
                "the stream of {} bytes was cut at {first} and {second}",
                bytes.len()
            );
        }
    }
}

#[test]
fn many_frames_come_out_of_one_read() {
    let payloads = vec![&b"sixteen bytes..."[..]; 500];
    let bytes = wire(&payloads);
    assert!(bytes.len() < BUFFER_BYTES);
    let stream = Script::new().reads(&bytes);
    assert_eq!(all_frames(stream.clone()).len(), 500);
    assert_eq!(
        stream.read_calls(),
        2,
        "`read` calls for 500 frames that one `read` can return, and the end"
    );
}

#[test]
fn a_long_frame_needs_few_reads() {
    let payload = vec![7; 600_000];
    let stream = Script::new().reads(wire(&[&payload]));
    let frames = all_frames(stream.clone());
    let lengths: Vec<_> = frames.iter().map(Vec::len).collect();
    assert_eq!(lengths, [600_000], "the lengths of the frames in a stream of one");
    assert!(frames == [payload], "the frame's bytes came out changed");
    let calls = stream.read_calls();
    assert!(
        calls <= 3,
        "{calls} `read` calls for one frame of 600,000 bytes (the first fills the buffer, the second the frame)"
    );
}

#[test]
fn the_end_inside_a_frame_is_an_error() {
    let bytes = wire(&[b"whole", b"cut off"]);
    for kept in wire(&[b"whole"]).len() + 1..bytes.len() {
        let mut reader = FrameReader::new(Script::new().reads(&bytes[..kept]), LIMIT);
        assert_eq!(reader.next_frame().unwrap(), Some(&b"whole"[..]));
        let result = reader.next_frame().map(|frame| frame.map(<[u8]>::to_vec));
        assert!(
            matches!(result, Err(FrameError::Truncated)),
            "{kept} of {} bytes came, so this is `Err(Truncated)` and not {result:?}",
            bytes.len()
        );
    }
}

#[test]
fn a_frame_over_the_limit_is_refused_before_memory_is_taken() {
    let header = 100_000_000_u32.to_be_bytes();
    let mut reader = FrameReader::new(Script::new().reads(header), LIMIT);
    let (result, counts) = counted(|| reader.next_frame().map(|frame| frame.map(<[u8]>::to_vec)));
    assert!(
        matches!(result, Err(FrameError::TooLong { length: 100_000_000, limit: LIMIT })),
        "the header says 100,000,000 bytes and the limit is {LIMIT}: this is `TooLong {{ length: 100000000, limit: {LIMIT} }}` and not {result:?}"
    );
    assert!(
        counts.bytes < 1000,
        "a header of {HEADER_BYTES} bytes made the reader take {} bytes of memory",
        counts.bytes
    );
}

#[test]
fn the_buffer_grows_no_further_than_a_frame_needs() {
    let bytes = wire(&[&vec![7; 600_000]]);
    let mut reader = FrameReader::new(Reads(bytes.as_slice()), LIMIT);
    let (length, counts) = counted(|| reader.next_frame().unwrap().map(<[u8]>::len));
    assert_eq!(length, Some(600_000));
    assert!(
        counts.bytes <= 600_000 + HEADER_BYTES + BUFFER_BYTES,
        "{} bytes of memory were taken for a frame of 600,000, which came 700 bytes at a time",
        counts.bytes
    );
}

#[test]
fn the_limit_itself_is_allowed() {
    let payload = [1; 100];
    let stream = Script::new();
    let mut writer = FrameWriter::new(stream.clone(), 100);
    writer.write_frame(&payload).unwrap();
    let mut reader = FrameReader::new(Script::new().reads(stream.written()), 100);
    assert_eq!(reader.next_frame().unwrap(), Some(&payload[..]));

    let before = stream.written().len();
    let result = writer.write_frame(&[1; 101]);
    assert!(
        matches!(result, Err(FrameError::TooLong { length: 101, limit: 100 })),
        "a payload of 101 bytes over a limit of 100 is `TooLong {{ length: 101, limit: 100 }}` for the writer too, and not {result:?}"
    );
    assert_eq!(
        stream.written().len(),
        before,
        "bytes on the stream, after a payload over the limit was refused"
    );
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let bytes = wire(&[b"signal"]);
    let stream =
        Script::new().reads(&bytes[..5]).read_fails(ErrorKind::Interrupted).reads(&bytes[5..]);
    assert_eq!(all_frames(stream), [b"signal"]);
}

#[test]
fn a_read_that_would_block_loses_nothing() {
    let bytes = wire(&[b"patience"]);
    let stream =
        Script::new().reads(&bytes[..7]).read_fails(ErrorKind::WouldBlock).reads(&bytes[7..]);
    let mut reader = FrameReader::new(stream, LIMIT);
    let error = reader.next_frame().expect_err("`read` would block: the caller is told");
    assert!(
        matches!(&error, FrameError::Io(cause) if cause.kind() == ErrorKind::WouldBlock),
        "{error:?}"
    );
    let frame = reader.next_frame().expect("the 7 bytes that had come before are still there");
    assert_eq!(frame, Some(&b"patience"[..]), "the frame, of which 7 bytes had come before");
}

#[test]
fn warm_buffers_are_used_again() {
    let payload = [9; 1000];
    let bytes = wire(&[&payload[..]; 100]);
    let mut reader = FrameReader::new(Reads(bytes.as_slice()), LIMIT);
    reader.next_frame().unwrap();
    let (frames, counts) = counted(|| {
        let mut frames = 1;
        while reader.next_frame().unwrap().is_some() {
            frames += 1;
        }
        frames
    });
    assert_eq!(
        (frames, counts.allocations),
        (100, 0),
        "frames read, and allocations for the 99 after the first"
    );

    let mut writer = FrameWriter::new(std::io::sink(), LIMIT);
    writer.write_frame(&payload).unwrap();
    let ((), counts) = counted(|| (0..99).for_each(|_| writer.write_frame(&payload).unwrap()));
    assert_eq!(counts.allocations, 0, "allocations for 99 frames written after the first");
}

/// A stream that allocates nothing, so that the counts are the reader's own: 700 bytes a `read`.
struct Reads<'a>(&'a [u8]);

impl std::io::Read for Reads<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let taken = self.0.len().min(buffer.len()).min(700);
        let (now, later) = self.0.split_at(taken);
        buffer[..taken].copy_from_slice(now);
        self.0 = later;
        Ok(taken)
    }
}
