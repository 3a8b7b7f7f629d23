//! What it shows: the time to take a weight out of a budget with enough room, and to give it back: what each request
//! pays. The naive one wakes all who wait whenever something comes back, and asks the kernel to do so even when nobody
//! does.
//!
//! What it does not show: threads that wait for each other, and how long a request waits.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

const REQUESTS: u64 = 1000;
const BODY_BYTES: usize = 64 << 10;
const LIMIT_BYTES: usize = 64 << 20;

/// Times a thousand admissions, of which each ends before the next begins. `used` says what is left in the end.
fn time<Admission>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    admit: impl Fn() -> Admission,
    used: impl Fn(&Admission) -> usize,
) {
    group.throughput(Throughput::Elements(REQUESTS));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for _ in 0..REQUESTS {
                let admission = admit();
                assert_eq!(used(&admission), BODY_BYTES);
            }
        });
    });
}

fn budget(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("budget");
    let naive = solution::naive::budget::Budget::new(LIMIT_BYTES);
    time(&mut group, "naive", || naive.admit(BODY_BYTES), |admission| admission.weight());
    let yours = memory::budget::Budget::new(LIMIT_BYTES, 0);
    let admit = || yours.try_admit(BODY_BYTES).expect("there is room");
    time(&mut group, "yours", admit, |admission| admission.weight());
    let reference = solution::budget::Budget::new(LIMIT_BYTES, 0);
    let admit = || reference.try_admit(BODY_BYTES).expect("there is room");
    time(&mut group, "reference", admit, |admission| admission.weight());
    group.finish();
}

criterion_group!(benches, budget);
criterion_main!(benches);
