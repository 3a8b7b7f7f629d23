//! What it shows: the time of a thousand loads on each of two threads, of which one also replaces the value, once.
//!
//! What it does not show: many cores. Both threads write to one word for each load, whatever they use; only what they
//! write besides, and whom they wait for, differs.

use std::ops::Deref;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use witness::race::both_at_once;

const LOADS: u64 = 1000;

/// Something like a server's settings.
struct Settings {
    limits: [u64; 8],
}

impl Settings {
    fn of(number: u64) -> Self {
        Self { limits: [number; 8] }
    }
}

/// Times `load` on two threads against `replace` on one of them.
fn time<G: Deref<Target = Settings>>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    load: impl Fn() -> G + Sync,
    replace: impl Fn(Settings) + Sync,
) {
    let read = || {
        for _ in 0..LOADS {
            let settings = load();
            assert_eq!(settings.limits[0], settings.limits[7]);
        }
    };
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            both_at_once(
                || (0..rounds).for_each(|_| read()),
                || {
                    for round in 0..rounds {
                        replace(Settings::of(round));
                        read();
                    }
                },
            )
        });
    });
}

fn snapshot(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("snapshot");
    let naive = solution::naive::snapshot::Snapshot::new(Settings::of(0));
    time(&mut group, "naive", || naive.load(), |settings| naive.replace(settings));
    let yours = sync::snapshot::Snapshot::new(Settings::of(0));
    time(&mut group, "yours", || yours.load(), |settings| yours.replace(settings));
    let reference = solution::snapshot::Snapshot::new(Settings::of(0));
    time(&mut group, "reference", || reference.load(), |settings| reference.replace(settings));
    group.finish();
}

criterion_group!(benches, snapshot);
criterion_main!(benches);
