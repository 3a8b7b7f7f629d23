//! What it shows: the time until two threads have recorded ten thousand latencies each.
//!
//! What it does not show: reading. A histogram of its own for each thread makes that dearer, once in many seconds.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

const RECORDS: u64 = 10_000;

/// Lets two threads record at the same time.
fn both(first: impl Fn(Duration) + Sync, second: impl Fn(Duration) + Sync) {
    let record_all = |record: &dyn Fn(Duration)| {
        (0..RECORDS)
            .for_each(|record_number| record(black_box(Duration::from_micros(record_number))));
    };
    thread::scope(|scope| {
        scope.spawn(|| record_all(&second));
        record_all(&first);
    });
}

fn shared(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shared");
    let naive = solution::naive::shared::Latencies::default();
    let record = |latency| naive.record(latency);
    group.bench_function("naive", |bencher| bencher.iter(|| both(record, record)));

    let yours: [processes::shared::Histogram; 2] = Default::default();
    group.bench_function("yours", |bencher| {
        bencher
            .iter(|| both(|latency| yours[0].record(latency), |latency| yours[1].record(latency)));
    });
    assert_eq!(yours[0].count() % RECORDS, 0);
    assert_eq!(yours[0].count(), yours[1].count());

    let reference: [solution::shared::Histogram; 2] = Default::default();
    group.bench_function("reference", |bencher| {
        bencher.iter(|| {
            both(|latency| reference[0].record(latency), |latency| reference[1].record(latency))
        });
    });
    group.finish();
}

criterion_group!(benches, shared);
criterion_main!(benches);
