//! What it shows: the time in which one thread hands 10,000 numbers to another one, through a ring of 1024 places. The
//! naive one is a queue behind a lock.
//!
//! What it does not show: how long one number is under way, and what a thread does that has to wait. Here it looks again
//! at once, which is good for nothing but a benchmark.

use std::hint::spin_loop;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use crossbeam_queue::ArrayQueue;
use witness::race::both_at_once;

const ITEMS: u64 = 10_000;
const PLACES: usize = 1024;

/// Times `push` on one thread and `pop` on another one.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut push: impl FnMut(u64) -> bool + Send,
    mut pop: impl FnMut() -> Option<u64>,
) {
    group.throughput(Throughput::Elements(ITEMS));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            both_at_once(
                || {
                    for number in 0..rounds * ITEMS {
                        while !push(number) {
                            spin_loop();
                        }
                    }
                },
                || {
                    for number in 0..rounds * ITEMS {
                        let item = loop {
                            match pop() {
                                Some(item) => break item,
                                None => spin_loop(),
                            }
                        };
                        assert_eq!(item, number);
                    }
                },
            )
        });
    });
}

fn ring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ring");
    let naive = solution::naive::ring::Ring::new(PLACES);
    time(&mut group, "naive", |item| naive.push(item).is_ok(), || naive.pop());
    let (mut producer, mut consumer) = sync::ring::ring(PLACES);
    time(&mut group, "yours", |item| producer.push(item).is_ok(), || consumer.pop());
    let (mut producer, mut consumer) = solution::ring::ring(PLACES);
    time(&mut group, "reference", |item| producer.push(item).is_ok(), || consumer.pop());
    let many = ArrayQueue::new(PLACES);
    time(&mut group, "crossbeam", |item| many.push(item).is_ok(), || many.pop());
    group.finish();
}

criterion_group!(benches, ring);
criterion_main!(benches);
