//! What it shows: nanoseconds for the checksum of a full segment's 1,460 bytes.
//!
//! What it does not show: packets per second. Mostly the network card sums, and the kernel does not.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

fn packet(criterion: &mut Criterion) {
    let segment: Vec<u8> = (0..1460_u32).map(|position| (position * 7 + 3) as u8).collect();
    let expected = solution::naive::checksum::of(&segment);
    let mut group = criterion.benchmark_group("packet");
    let mut time = |name: &str, checksum: fn(&[u8]) -> u16| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| assert_eq!(checksum(black_box(&segment)), expected));
        });
    };
    time("naive", solution::naive::checksum::of);
    time("yours", networking::packet::checksum::of);
    time("reference", solution::packet::checksum::of);
    group.finish();
}

criterion_group!(benches, packet);
criterion_main!(benches);
