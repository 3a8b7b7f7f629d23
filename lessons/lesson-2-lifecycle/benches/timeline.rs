//! What it shows: the time to mark the eight stages of a request by the real clock. `clock` reads the clock nine times
//! and keeps nothing; `httparse` parses the head of a request for `/plaintext`. Both are there to compare with.
//!
//! What it does not show: the share of a whole request, most of which the kernel takes; the lab `breakdown` does.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use solution::naive;

/// As a load tester sends it.
const HEAD: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";

fn timeline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timeline");
    group.bench_function("naive", |bencher| {
        bencher.iter(|| {
            let mut timeline = naive::timeline::Timeline::start(Instant::now());
            for stage in solution::timeline::Stage::ALL {
                timeline.finish(black_box(stage).name(), Instant::now());
            }
            assert!(!black_box(&timeline).total().is_zero());
        });
    });
    group.bench_function("yours", |bencher| {
        bencher.iter(|| {
            let mut timeline = lifecycle::timeline::Timeline::start(Instant::now());
            for stage in lifecycle::timeline::Stage::ALL {
                timeline.finish(black_box(stage), Instant::now());
            }
            assert!(!black_box(&timeline).total().is_zero());
        });
    });
    group.bench_function("reference", |bencher| {
        bencher.iter(|| {
            let mut timeline = solution::timeline::Timeline::start(Instant::now());
            for stage in solution::timeline::Stage::ALL {
                timeline.finish(black_box(stage), Instant::now());
            }
            assert!(!black_box(&timeline).total().is_zero());
        });
    });
    group.bench_function("clock", |bencher| {
        bencher.iter(|| {
            for _ in 0..9 {
                black_box(Instant::now());
            }
        });
    });
    group.bench_function("httparse", |bencher| {
        bencher.iter(|| {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut request = httparse::Request::new(&mut headers);
            let status = request.parse(black_box(HEAD)).expect("a sound head");
            assert_eq!(status, httparse::Status::Complete(HEAD.len()));
        });
    });
    group.finish();
}

criterion_group!(benches, timeline);
criterion_main!(benches);
