//! What it shows: the time to hand a thousand tiny jobs to two threads and to see the last one done.
//!
//! What it does not show: jobs worth a thread. A job here is one addition, so that only the hand-over is timed.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use threads::pool::Job;

const JOBS: usize = 1000;
const QUEUE: usize = 64;

/// Times `submit` with a thousand jobs, of which the last to end says so.
fn time(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, submit: impl Fn(Job)) {
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let done = Arc::new(AtomicUsize::new(0));
            let (last, all) = sync_channel(1);
            for _ in 0..JOBS {
                submit(job(Arc::clone(&done), last.clone()));
            }
            all.recv().expect("the last job says so");
            assert_eq!(done.load(Relaxed), JOBS);
        });
    });
}

fn job(done: Arc<AtomicUsize>, last: SyncSender<()>) -> Job {
    Box::new(move || {
        if done.fetch_add(1, Relaxed) + 1 == JOBS {
            last.send(()).expect("the bench waits");
        }
    })
}

fn pool(criterion: &mut Criterion) {
    let two = NonZeroUsize::new(2).expect("two is not zero");
    let mut group = criterion.benchmark_group("pool");
    let naive = solution::naive::pool::Pool::new(2, QUEUE);
    time(&mut group, "naive", |job| naive.submit(job));
    let yours = threads::pool::Pool::new("yours", two, QUEUE).expect("threads start");
    time(&mut group, "yours", |job| yours.submit(job));
    let reference = solution::pool::Pool::new("reference", two, QUEUE).expect("threads start");
    time(&mut group, "reference", |job| reference.submit(job));
    group.finish();
}

criterion_group!(benches, pool);
criterion_main!(benches);
