//! What it shows: what a healthy dependency's breaker costs, with a thousand calls on each of two threads.
//!
//! What it does not show: many cores, and a dependency that fails: then what the breaker saves is everything.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use witness::race::both_at_once;

const CALLS: u64 = 1000;

/// Times `call`, which says whether it was let in, on two threads.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    call: impl Fn(Duration) -> bool + Sync,
) {
    let play = |rounds: u64| {
        for round in 0..rounds {
            let now = Duration::from_secs(round);
            assert_eq!((0..CALLS).filter(|_| call(now)).count() as u64, CALLS);
        }
    };
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| both_at_once(|| play(rounds), || play(rounds)));
    });
}

fn breaker(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("breaker");
    let naive = solution::naive::breaker::Breaker::new(5, Duration::from_secs(60));
    time(&mut group, "naive", |now| {
        let is_let_in = naive.enter(now);
        naive.succeeded();
        is_let_in
    });
    let yours = sync::breaker::Breaker::new(sync::breaker::Policy::default());
    time(&mut group, "yours", |now| yours.enter(now).is_ok_and(|call| !call.succeeded()));
    let reference = solution::breaker::Breaker::new(solution::breaker::Policy::default());
    time(&mut group, "reference", |now| reference.enter(now).is_ok_and(|call| !call.succeeded()));
    group.finish();
}

criterion_group!(benches, breaker);
criterion_main!(benches);
