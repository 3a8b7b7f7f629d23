//! What it shows: the time to read all entries of a log of 4,000 lines, as large as a request's own line makes them, and
//! to add up their lengths. The naive one makes a `String` of each field.
//!
//! What it does not show: the disk. The log is in memory, for both.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

const LINES: u64 = 4000;

fn log() -> Vec<u8> {
    let line = |number: u64| {
        let (client, second) = (number % 250, number / 400 % 60);
        format!(
            "192.0.2.{client} - - [27/Nov/2026:09:30:{second:02} +0000] \"GET /users/{number}?fields=name HTTP/1.1\" \
             200 {number} \"https://example.org/users\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0\"\n"
        )
    };
    (0..LINES).flat_map(|number| line(number).into_bytes()).collect()
}

/// Times `sum`, which adds up the lengths of all entries.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    log: &[u8],
    sum: impl Fn(&[u8]) -> u64,
) {
    group.throughput(Throughput::Bytes(log.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| assert_eq!(sum(log), LINES * (LINES - 1) / 2));
    });
}

fn views(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("views");
    let log = log();
    time(&mut group, "naive", &log, |log| {
        solution::naive::views::entries(log).map(|entry| entry.expect("an entry").bytes).sum()
    });
    time(&mut group, "yours", &log, |log| {
        memory::views::entries(log).map(|entry| entry.expect("an entry").bytes).sum()
    });
    time(&mut group, "reference", &log, |log| {
        solution::views::entries(log).map(|entry| entry.expect("an entry").bytes).sum()
    });
    group.finish();
}

criterion_group!(benches, views);
criterion_main!(benches);
