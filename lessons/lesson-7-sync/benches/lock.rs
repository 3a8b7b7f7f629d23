//! What it shows: the time of a thousand turns with a lock that nobody else wants, and of a thousand on each of two
//! threads that want it at the same time. The naive one asks the kernel to wake somebody at each unlock.
//!
//! What it does not show: many threads, and who gets how many turns. The group `lock-others` has the standard library's
//! and parking_lot's.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use witness::race::both_at_once;

const TURNS: u64 = 1000;

/// Times `turn`, alone and against itself.
fn time(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, turn: impl Fn() + Sync) {
    let turns = || (0..TURNS).for_each(|_| turn());
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let both = both_at_once(
                || (0..rounds).for_each(|_| turns()),
                || (0..rounds).for_each(|_| turns()),
            );
            let begin = std::time::Instant::now();
            (0..rounds).for_each(|_| turns());
            both + begin.elapsed()
        });
    });
}

fn lock(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lock");
    let naive = solution::naive::lock::Lock::new(0_u64);
    time(&mut group, "naive", || naive.with(|count| *count += 1));
    let yours = sync::lock::Lock::new(0_u64);
    time(&mut group, "yours", || *yours.lock() += 1);
    let reference = solution::lock::Lock::new(0_u64);
    time(&mut group, "reference", || *reference.lock() += 1);
    group.finish();
}

fn others(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lock-others");
    let ours = solution::lock::Lock::new(0_u64);
    let std = std::sync::Mutex::new(0_u64);
    let parking_lot = parking_lot::Mutex::new(0_u64);
    let alone = |group: &mut BenchmarkGroup<'_, WallTime>, name: &str, turn: &dyn Fn()| {
        group.bench_function(format!("{name}-alone"), |bencher| bencher.iter(turn));
    };
    alone(&mut group, "ours", &|| *ours.lock() += 1);
    alone(&mut group, "std", &|| *std.lock().expect("nobody panics") += 1);
    alone(&mut group, "parking_lot", &|| *parking_lot.lock() += 1);
    time(&mut group, "ours", || *ours.lock() += 1);
    time(&mut group, "std", || *std.lock().expect("nobody panics") += 1);
    time(&mut group, "parking_lot", || *parking_lot.lock() += 1);
    group.finish();
}

criterion_group!(benches, lock, others);
criterion_main!(benches);
