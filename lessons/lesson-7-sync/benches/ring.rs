//! What it shows: the time in which one thread hands 10,000 numbers to another one that has always something to do. The
//! naive one asks for the other end's position with each item.
//!
//! What it does not show: a ring that is empty nearly always. Then there is nothing to remember, each item is asked for, and
//! the two ends cost the same. So whoever finds it empty here waits a moment, about as long as to be woken takes, and
//! has many items before it when it comes back. The lab `queues` has other queues, and looks again at once.

use std::hint::spin_loop;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use witness::race::both_at_once;

const ITEMS: u64 = 10_000;
const PLACES: usize = 4096;
/// Some microseconds.
const PAUSE: usize = 256;

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
                                None => (0..PAUSE).for_each(|_| spin_loop()),
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
    time(&mut group, "naive", |item| naive.push(item), || naive.pop());
    let (mut producer, mut consumer) = sync::ring::ring(PLACES);
    time(&mut group, "yours", |item| producer.push(item).is_ok(), || consumer.pop());
    let (mut producer, mut consumer) = solution::ring::ring(PLACES);
    time(&mut group, "reference", |item| producer.push(item).is_ok(), || consumer.pop());
    group.finish();
}

criterion_group!(benches, ring);
criterion_main!(benches);
