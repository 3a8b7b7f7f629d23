//! What it shows: the time to ask a cache of 1,000 items for 20,000 keys that follow Zipf's law, and to insert what is
//! missing.
//!
//! What it does not show: what a miss costs elsewhere. The hit rates, which decide about that, are printed by the test
//! `popular_keys_are_hit_more_often_than_by_lru`.

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use memory::cache::Bounds;
use witness::zipf::Zipf;

const BOUNDS: Bounds = Bounds { items: 1000, bytes: 1 << 20, ttl: Duration::from_secs(3600) };
/// The same: yours and the reference's are two types.
const THEIRS: solution::cache::Bounds =
    solution::cache::Bounds { items: BOUNDS.items, bytes: BOUNDS.bytes, ttl: BOUNDS.ttl };
const KEYS: u64 = 20_000;
const ASKED: usize = 20_000;

/// Times `ask`, which says whether a key was a hit and inserts it if not.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    mut ask: impl FnMut(u64, Instant) -> bool,
) {
    let keys: Vec<u64> = Zipf::new(KEYS, 1).take(ASKED).collect();
    let now = Instant::now();
    group.throughput(Throughput::Elements(ASKED as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let hits = keys.iter().filter(|key| ask(**key, now)).count();
            // With the thousand most popular keys it would be 71 %.
            assert!((ASKED / 2..ASKED * 3 / 4).contains(&hits), "{hits} hits of {ASKED}");
        });
    });
}

fn cache(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cache");
    let mut naive = solution::naive::cache::Cache::new(THEIRS);
    time(&mut group, "naive", |key, now| match naive.get(&key, now) {
        Some(value) => *value == key,
        None => !naive.insert(key, key, 100, now),
    });
    let mut yours = memory::cache::Cache::new(BOUNDS);
    time(&mut group, "yours", |key, now| match yours.get(&key, now) {
        Some(value) => *value == key,
        None => !yours.insert(key, key, 100, now),
    });
    let mut reference = solution::cache::Cache::new(THEIRS);
    time(&mut group, "reference", |key, now| match reference.get(&key, now) {
        Some(value) => *value == key,
        None => !reference.insert(key, key, 100, now),
    });
    group.finish();
}

criterion_group!(benches, cache);
criterion_main!(benches);
