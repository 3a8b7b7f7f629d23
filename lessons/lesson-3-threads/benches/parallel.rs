//! What it shows: the time to sum up a text of 2 MB, in 32 pieces on rayon's threads, and at once on one.
//!
//! What it does not show: a gain on a machine whose other processors are busy.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

const LINES: u64 = 130_000;
const PIECES: usize = 32;

fn text() -> String {
    let line = |number: u64| {
        let station = number.wrapping_mul(2_654_435_761) % 400;
        format!("station-{station};{}\n", (number.wrapping_mul(40_503) % 901) as i64 - 400)
    };
    (0..LINES).map(line).collect()
}

fn parallel(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("parallel");
    group.bench_function("naive", |bencher| {
        bencher.iter(|| {
            let stations = solution::parallel::summarize_piece(black_box(&text));
            assert_eq!(stations.values().map(|summary| summary.count).sum::<u64>(), LINES);
        });
    });
    group.bench_function("yours", |bencher| {
        bencher.iter(|| {
            let stations = threads::parallel::summarize(black_box(&text), PIECES);
            assert_eq!(stations.values().map(|summary| summary.count).sum::<u64>(), LINES);
        });
    });
    group.bench_function("reference", |bencher| {
        bencher.iter(|| {
            let stations = solution::parallel::summarize(black_box(&text), PIECES);
            assert_eq!(stations.values().map(|summary| summary.count).sum::<u64>(), LINES);
        });
    });
    group.finish();
}

criterion_group!(benches, parallel);
criterion_main!(benches);
