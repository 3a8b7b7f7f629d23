//! What it shows: the time to get a buffer of 64 KiB for each of 32 transfers that go on at the same time, to copy
//! bytes into it, and to let all go. The naive one asks the allocator for zeroes each time.
//!
//! What it does not show: where the bytes come from and go to, threads, and other allocators. glibc's keeps what is
//! freed here. With twice as many transfers it returns some of it to the kernel each time, and all pages fault again:
//! then most of the naive time is the kernel's.

use std::io::Write as _;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

const BUFFER_BYTES: usize = 64 << 10;
const TRANSFERS: usize = 32;

/// Times `fill`, which copies a slice into a buffer, for all transfers at the same time.
fn time<B: AsRef<[u8]>>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut fill: impl FnMut(&[u8]) -> B,
) {
    let bytes: Vec<u8> = (0..BUFFER_BYTES).map(|number| number as u8).collect();
    let mut out = Vec::with_capacity(TRANSFERS);
    group.throughput(Throughput::Bytes((TRANSFERS * BUFFER_BYTES) as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for _ in 0..TRANSFERS {
                out.push(fill(&bytes));
            }
            for buffer in out.drain(..) {
                let buffer: &[u8] = buffer.as_ref();
                assert_eq!((buffer.len(), buffer.last()), (BUFFER_BYTES, bytes.last()));
            }
        });
    });
}

fn buffers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("buffers");
    time(&mut group, "naive", |bytes| {
        let mut buffer = solution::naive::buffers::take(BUFFER_BYTES);
        buffer.copy_from_slice(bytes);
        buffer
    });
    let yours = memory::buffers::Buffers::new(BUFFER_BYTES, TRANSFERS);
    time(&mut group, "yours", |bytes| {
        let mut buffer = yours.take().expect("one is left");
        buffer.write_all(bytes).expect("there is room");
        buffer
    });
    let reference = solution::buffers::Buffers::new(BUFFER_BYTES, TRANSFERS);
    time(&mut group, "reference", |bytes| {
        let mut buffer = reference.take().expect("one is left");
        buffer.write_all(bytes).expect("there is room");
        buffer
    });
    group.finish();
}

criterion_group!(benches, buffers);
criterion_main!(benches);
