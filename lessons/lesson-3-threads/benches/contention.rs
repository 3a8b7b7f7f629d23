//! What it shows: the time of two threads that count the same twenty names at once, with a little other work after each step.
//!
//! What it does not show: more threads, names that nobody has counted before, and looking.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use witness::race::both_again_and_again;

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
const STEPS: usize = 100 * NAMES.len();

/// Where it lies in its cache lines must not decide.
#[repr(align(128))]
struct Aligned<T>(T);

/// Times two threads that each count all names in turn, beginning at different ones.
fn time(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, add: impl Fn(&str) + Sync) {
    let count = |begin: usize| {
        for step in begin..begin + STEPS {
            add(NAMES[step % NAMES.len()]);
            work();
        }
    };
    both_again_and_again(
        || count(0),
        || count(7),
        |both| {
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|times| (0..times).map(|_| both()).sum());
            });
        },
    );
}

/// Some 80 ns of what a thread does besides counting. Without it, whoever has the lock takes it again at once, and the two
/// threads run one after the other, without ever meeting.
fn work() {
    black_box((0..200_u64).fold(1, |number: u64, _| black_box(number.wrapping_mul(3))));
}

fn contention(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("contention");
    let naive = Aligned(solution::naive::counters::Counters::new());
    time(&mut group, "naive", |name| naive.0.add(name, 1));
    let yours = Aligned(threads::contention::Counters::new());
    time(&mut group, "yours", |name| yours.0.add(name, 1));
    let reference = Aligned(solution::contention::Counters::new());
    time(&mut group, "reference", |name| reference.0.add(name, 1));
    group.finish();
    let counted = |all: Vec<(String, u64)>| all.iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!(counted(yours.0.all()) % (2 * STEPS as u64), 0, "no step is lost");
    assert_eq!(counted(reference.0.all()) % (2 * STEPS as u64), 0);
}

criterion_group!(benches, contention);
criterion_main!(benches);
