//! What it shows: the time of two threads that count the same twenty names at once.
//!
//! What it does not show: more threads, and names that nobody has counted before.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use witness::race::both_at_once;

const NAMES: [&str; 20] = [
    "accounts",
    "agents",
    "brands",
    "carriers",
    "customers",
    "partners",
    "shops",
    "suppliers",
    "teams",
    "users",
    "addresses",
    "budgets",
    "contacts",
    "invoices",
    "labels",
    "messages",
    "orders",
    "payments",
    "reports",
    "tickets",
];
const ROUNDS: usize = 500;

/// Times two threads that each count all names in turn, beginning at different ones.
fn time(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, add: impl Fn(&str) + Sync) {
    let count = |begin: usize| {
        for step in begin..begin + NAMES.len() * ROUNDS {
            add(NAMES[step % NAMES.len()]);
        }
    };
    group.bench_function(name, |bencher| {
        bencher
            .iter_custom(|times| (0..times).map(|_| both_at_once(|| count(0), || count(7))).sum());
    });
}

fn contention(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("contention");
    let naive = solution::naive::counters::Counters::new();
    time(&mut group, "naive", |name| naive.add(name, 1));
    let yours = threads::contention::Counters::new();
    time(&mut group, "yours", |name| yours.add(name, 1));
    let reference = solution::contention::Counters::new();
    time(&mut group, "reference", |name| reference.add(name, 1));
    group.finish();
    let counted = |all: Vec<(String, u64)>| all.iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!(counted(yours.all()) % (2 * NAMES.len() * ROUNDS) as u64, 0, "no step is lost");
    assert_eq!(counted(reference.all()) % (2 * NAMES.len() * ROUNDS) as u64, 0);
}

criterion_group!(benches, contention);
criterion_main!(benches);
