//! What it shows: the time to read 1,000 frames of 60 bytes that wait in a socket, system calls included.
//!
//! What it does not show: waiting. All frames are there before the first is read.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use criterion::{Criterion, criterion_group, criterion_main};

const FRAMES: usize = 1000;
const PAYLOAD: [u8; 60] = [b'x'; 60];
const LIMIT: usize = 1 << 20;

/// Writes all frames into one end of a socket and times `read`, which must find them at the other.
fn frame(criterion: &mut Criterion) {
    let mut wire = Vec::new();
    for _ in 0..FRAMES {
        wire.extend_from_slice(&(PAYLOAD.len() as u32).to_be_bytes());
        wire.extend_from_slice(&PAYLOAD);
    }
    let mut group = criterion.benchmark_group("frame");
    let mut time = |name: &str, read: fn(&mut dyn Read) -> usize| {
        let (mut near, mut far) = UnixStream::pair().expect("a pair of sockets");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                near.write_all(&wire).expect("64 kB fit into a socket's buffer");
                assert_eq!(read(&mut far), FRAMES * PAYLOAD.len());
            });
        });
    };
    time("naive", naive);
    time("yours", yours);
    time("reference", reference);
    group.finish();
}

fn naive(mut stream: &mut dyn Read) -> usize {
    let mut bytes = 0;
    for _ in 0..FRAMES {
        let payload = solution::naive::frame::next_frame(&mut stream, LIMIT).expect("a frame");
        bytes += payload.map_or(0, |payload| payload.len());
    }
    bytes
}

fn yours(stream: &mut dyn Read) -> usize {
    let mut reader = networking::frame::FrameReader::new(stream, LIMIT);
    let mut bytes = 0;
    for _ in 0..FRAMES {
        bytes += reader.next_frame().expect("a frame").map_or(0, <[u8]>::len);
    }
    bytes
}

fn reference(stream: &mut dyn Read) -> usize {
    let mut reader = solution::frame::FrameReader::new(stream, LIMIT);
    let mut bytes = 0;
    for _ in 0..FRAMES {
        bytes += reader.next_frame().expect("a frame").map_or(0, <[u8]>::len);
    }
    bytes
}

criterion_group!(benches, frame);
criterion_main!(benches);
