//! What it shows: the time in which each of two threads counts 1000 hits of 500 keys, in one map. The naive one has a
//! single lock.
//!
//! What it does not show: more threads than two, of which fewer would wait with more shards.

use std::collections::HashMap;
use std::sync::Mutex;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use witness::race::both_at_once;

const HITS: u64 = 1000;
const KEYS: u64 = 500;
const SHARDS: usize = 64;

/// Times `hit` on two threads that come by the same keys, not at the same time.
fn time(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, hit: impl Fn(u64) + Sync) {
    let hits = |first: u64| (first..first + HITS).for_each(|number| hit(number % KEYS));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            both_at_once(
                || (0..rounds).for_each(|_| hits(0)),
                || (0..rounds).for_each(|_| hits(KEYS / 2)),
            )
        });
    });
}

fn sharded(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sharded");
    let naive = Mutex::new(HashMap::<u64, u64>::new());
    time(&mut group, "naive", |key| {
        *naive.lock().expect("nobody panics").entry(key).or_default() += 1
    });
    let count = |hits: Option<u64>| Some(hits.unwrap_or(0) + 1);
    let yours = sync::sharded::Sharded::new(SHARDS);
    time(&mut group, "yours", |key| yours.update(key, count));
    let reference = solution::sharded::Sharded::new(SHARDS);
    time(&mut group, "reference", |key| reference.update(key, count));
    group.finish();
}

criterion_group!(benches, sharded);
criterion_main!(benches);
