//! What it shows: the time to borrow something from a warm pool and to give it back, in one thread; and in the second
//! group the same for sixteen tasks that share four, so that most have to wait for their turn.
//!
//! What it does not show: many threads, for which only the others are made, and what a real resource costs, beside which
//! all of this is little.
//!
//! `naive` does least, and is quickest: it knows neither how long one was idle nor whether it is broken, and whoever waits
//! there waits without a limit, as with deadpool's `unmanaged`, which only keeps a list. `reference` reads the clock twice
//! for each loan, which is about half of its time, and sets a timer only for who has to wait, which is most of what it
//! takes longer in the second group. deadpool's `managed` promises what the reference does, for many threads, and pays for
//! locks, atomic operations, and a timer around each loan.

use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use deadpool::managed::{Manager, Metrics, RecycleResult};
use deadpool::{Runtime, managed, unmanaged};
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local, yield_now};

/// The second group: so many tasks share so many lines, and each borrows one so often in a round.
const TASKS: u64 = 16;
const SHARED: usize = 4;
const TURNS: u64 = 10;

/// How long deadpool's `managed` waits: as long as the reference.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Something like a connection.
#[derive(Clone, Copy)]
struct Line {
    number: u64,
}

const LINE: Line = Line { number: 7 };

/// How your pool and the reference get lines.
macro_rules! manage {
    ($pool:ident, $lines:ident) => {
        struct $lines;

        impl $pool::pool::Manage for $lines {
            type Resource = Line;
            type Error = ();

            async fn create(&self) -> Result<Line, ()> {
                Ok(LINE)
            }

            #[inline]
            fn is_broken(&self, line: &Line) -> bool {
                line.number != LINE.number
            }

            async fn check(&self, _: &mut Line) -> bool {
                true
            }
        }

        impl $lines {
            fn pool(max: usize) -> Rc<$pool::pool::Pool<Self>> {
                let limits =
                    $pool::pool::Limits { min: 0, max, uses_max: u64::MAX, ..Default::default() };
                $pool::pool::Pool::new(Self, limits).expect("the limits are sound")
            }
        }
    };
}

manage!(async_io, Yours);
manage!(solution, Reference);

/// How deadpool gets lines.
struct Managed;

impl Manager for Managed {
    type Type = Line;
    type Error = ();

    async fn create(&self) -> Result<Line, ()> {
        Ok(LINE)
    }

    #[inline]
    async fn recycle(&self, line: &mut Line, _: &Metrics) -> RecycleResult<()> {
        if line.number == LINE.number { Ok(()) } else { Err(managed::RecycleError::Backend(())) }
    }
}

impl Managed {
    fn pool(max: usize) -> managed::Pool<Self> {
        let builder = managed::Pool::builder(Self).max_size(max).runtime(Runtime::Tokio1);
        builder.wait_timeout(Some(WAIT_MAX)).build().expect("it has a runtime for its time-out")
    }
}

/// Runs `work` in a loop of its own, and times it.
fn timed(work: impl AsyncFnOnce()) -> Duration {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    LocalSet::new().block_on(&runtime, async {
        let begin = Instant::now();
        work().await;
        begin.elapsed()
    })
}

/// Times `borrow`, which gives back what it has borrowed and returns its number.
fn alone(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, borrow: impl AsyncFn() -> u64) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            timed(async || {
                for _ in 0..rounds {
                    assert_eq!(borrow().await, LINE.number);
                }
            })
        });
    });
}

/// Times many tasks that do so.
fn shared(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    borrow: impl AsyncFn() -> u64 + 'static,
) {
    let borrow = Rc::new(borrow);
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|rounds| {
            timed(async || {
                let task = |_| {
                    let borrow = Rc::clone(&borrow);
                    spawn_local(async move {
                        for _ in 0..rounds * TURNS {
                            assert_eq!(borrow().await, LINE.number);
                        }
                    })
                };
                for task in (0..TASKS).map(task).collect::<Vec<_>>() {
                    task.await.expect("it asserts nothing that does not hold");
                }
            })
        });
    });
}

fn pool(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pool");
    let naive = solution::naive::pool::Pool::new(10);
    alone(&mut group, "naive", async || naive.acquire(async || LINE).await.number);
    let yours = Yours::pool(10);
    alone(&mut group, "yours", async || yours.acquire().await.expect("one is idle").number);
    let reference = Reference::pool(10);
    alone(&mut group, "reference", async || reference.acquire().await.expect("one is idle").number);
    let deadpool = Managed::pool(10);
    alone(&mut group, "deadpool-managed", async || {
        deadpool.get().await.expect("one is idle").number
    });
    let deadpool = unmanaged::Pool::from(vec![LINE; 10]);
    alone(&mut group, "deadpool-unmanaged", async || {
        deadpool.get().await.expect("one is idle").number
    });
    group.finish();
}

/// What each task does with a line: it waits for an answer, so that the others have their turn.
async fn ask(line: impl Deref<Target = Line>) -> u64 {
    yield_now().await;
    line.number
}

fn pool_shared(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pool-shared");
    let naive = solution::naive::pool::Pool::new(SHARED);
    shared(&mut group, "naive", async move || ask(naive.acquire(async || LINE).await).await);
    let reference = Reference::pool(SHARED);
    shared(&mut group, "reference", async move || {
        ask(reference.acquire().await.expect("it waits for its turn")).await
    });
    let deadpool = Managed::pool(SHARED);
    shared(&mut group, "deadpool-managed", async move || {
        ask(deadpool.get().await.expect("it waits for its turn")).await
    });
    let deadpool = unmanaged::Pool::from(vec![LINE; SHARED]);
    shared(&mut group, "deadpool-unmanaged", async move || {
        ask(deadpool.get().await.expect("it waits for its turn")).await
    });
    group.finish();
}

criterion_group!(benches, pool, pool_shared);
criterion_main!(benches);
