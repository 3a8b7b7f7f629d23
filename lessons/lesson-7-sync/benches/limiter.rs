//! What it shows: the time of a thousand requests on each of two threads, of which every other one is refused.
//!
//! What it does not show: processes, which the naive version cannot limit together; many cores; and requests of one key on
//! several threads, for which its word goes from one processor to the other whatever one does.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use witness::race::both_at_once;

/// Each thread has its own.
const KEYS: u64 = 10;

/// In each round, which is a second of the virtual clock.
const REQUESTS_A_KEY: u64 = 100;

/// Requests a second, and at once.
const LIMIT: u32 = 50;

/// Times `check` on two threads.
fn time(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    check: impl Fn(u64, Duration) -> bool + Sync,
) {
    let clock = AtomicU64::new(0);
    let play = |thread: u64, rounds: u64| {
        let begin = clock.load(Relaxed);
        for round in begin..begin + rounds {
            let now = Duration::from_secs(round);
            let requests = (0..KEYS * REQUESTS_A_KEY)
                .filter(|request| check(key(thread * KEYS + request % KEYS), now));
            assert_eq!(requests.count() as u64, KEYS * u64::from(LIMIT));
        }
    };
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            let took = both_at_once(|| play(0, rounds), || play(1, rounds));
            clock.fetch_add(rounds, Relaxed);
            took
        });
    });
}

/// Spread over all its bits, and in a slot of its own.
#[inline]
fn key(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn limiter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("limiter");
    let naive = solution::naive::limiter::Limiter::new(f64::from(LIMIT), f64::from(LIMIT));
    time(&mut group, "naive", |key, now| naive.check(key, now));
    let yours = sync::limiter::Limiter::<4096>::default();
    let limit = sync::limiter::Limit::new(LIMIT, Duration::from_secs(1), LIMIT).expect("a limit");
    time(&mut group, "yours", |key, now| {
        matches!(yours.check(key, now, &limit), sync::limiter::Verdict::Admitted { .. })
    });
    let reference = solution::limiter::Limiter::<4096>::default();
    let limit =
        solution::limiter::Limit::new(LIMIT, Duration::from_secs(1), LIMIT).expect("a limit");
    time(&mut group, "reference", |key, now| {
        matches!(reference.check(key, now, &limit), solution::limiter::Verdict::Admitted { .. })
    });
    group.finish();
}

criterion_group!(benches, limiter);
criterion_main!(benches);
