//! What it shows: the time to write 800 frames of 12 bytes into a socket and read them at the other end, system calls
//! included.
//!
//! What it does not show: waiting. All frames are there before the first is read.

use std::io::Write;
use std::os::unix::net::UnixStream;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};

const FRAMES: usize = 800;
const PAYLOAD: [u8; 12] = *b"twelve bytes";
const LIMIT: usize = 1 << 20;

/// Times `next`, which reads one frame from the stream that `open` has prepared and returns its length.
fn time<R>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    open: impl Fn(UnixStream) -> R,
    next: impl Fn(&mut R) -> usize,
) {
    let mut wire = Vec::new();
    for _ in 0..FRAMES {
        wire.extend_from_slice(&(PAYLOAD.len() as u32).to_be_bytes());
        wire.extend_from_slice(&PAYLOAD);
    }
    let (mut near, far) = UnixStream::pair().expect("a pair of sockets");
    let mut reader = open(far);
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            near.write_all(&wire).expect("13 kB fit into a socket's buffer");
            let bytes: usize = (0..FRAMES).map(|_| next(&mut reader)).sum();
            assert_eq!(bytes, FRAMES * PAYLOAD.len());
        });
    });
}

fn frame(criterion: &mut Criterion) {
    use {
        networking::frame as yours, solution::frame as reference, solution::naive::frame as naive,
    };

    let mut group = criterion.benchmark_group("frame");
    time(
        &mut group,
        "naive",
        |stream| stream,
        |stream| naive::next_frame(stream, LIMIT).expect("reads").expect("a frame").len(),
    );
    time(
        &mut group,
        "yours",
        |stream| yours::FrameReader::new(stream, LIMIT),
        |reader| reader.next_frame().expect("reads").expect("a frame").len(),
    );
    time(
        &mut group,
        "reference",
        |stream| reference::FrameReader::new(stream, LIMIT),
        |reader| reader.next_frame().expect("reads").expect("a frame").len(),
    );
    group.finish();
}

criterion_group!(benches, frame);
criterion_main!(benches);
