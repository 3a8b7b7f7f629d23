//! What you have written, and what a team would take instead: tokio's current-thread runtime and deadpool, at the same work, in turn.

use std::cell::RefCell;
use std::error::Error;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use async_io::executor::Executor;
use async_io::pool::{Limits, Manage, Pool};
use deadpool::managed::{self, Manager, Metrics, RecycleResult};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local, yield_now};
use witness::lab::{Column, Table, parameter, progress};

/// How often the two are measured in turn; the median counts.
const ROUNDS: usize = 9;
/// So many tasks share so many connections.
const TASKS: usize = 16;
const SHARED: usize = 4;

/// What is measured: its name, its title, and how often each of the two is done in which time.
type Case<'a> = (&'a str, &'a str, [&'a dyn Fn(u64) -> Duration; 2]);

fn main() -> Result<(), Box<dyn Error>> {
    let times = parameter("times");
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("ours", "this lesson's", "ns", 0),
        column("theirs", "the crate's", "ns", 0),
        column("times", "the crate's, as a multiple", "×", 1),
    ]);
    let cases: [Case<'_>; 4] = [
        (
            "spawn",
            "begin a task and join it (tokio)",
            [&spawn_ours, &|times| spawn_theirs(&runtime, times)],
        ),
        ("wake", "wake another task (tokio)", [&wake_ours, &|times| wake_theirs(&runtime, times)]),
        (
            "lend",
            "lend an idle connection (deadpool)",
            [&|times| lend_ours(&runtime, 1, SHARED, times), &|times| {
                lend_theirs(&runtime, 1, SHARED, times)
            }],
        ),
        (
            "wait",
            "16 tasks share 4 connections (deadpool)",
            [&|times| lend_ours(&runtime, TASKS, SHARED, times), &|times| {
                lend_theirs(&runtime, TASKS, SHARED, times)
            }],
        ),
    ];
    for (done, (key, title, [ours, theirs])) in cases.into_iter().enumerate() {
        progress(done, cases.len());
        let mut measured = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            measured[0].push(ours(times));
            measured[1].push(theirs(times));
        }
        let [ours, theirs] = measured.map(|mut all| {
            all.sort_unstable();
            all[ROUNDS / 2].as_secs_f64() * 1e9 / times as f64
        });
        table.row(key, title, &[ours, theirs, theirs / ours].map(Some));
    }
    progress(cases.len(), cases.len());
    table.note("Their tasks can be aborted, their panics are caught; deadpool's managed pool works with many threads.");
    table.print();
    Ok(())
}

fn spawn_ours(times: u64) -> Duration {
    let executor = Executor::new(|| ());
    let begin = Instant::now();
    for number in 0..times {
        let join = executor.spawn(async move { number });
        executor.turn();
        assert_eq!(join.take(), Some(number));
    }
    begin.elapsed()
}

fn spawn_theirs(runtime: &Runtime, times: u64) -> Duration {
    LocalSet::new().block_on(runtime, async {
        let begin = Instant::now();
        for number in 0..times {
            let joined = spawn_local(async move { number }).await;
            assert_eq!(joined.expect("it ends"), number);
        }
        begin.elapsed()
    })
}

/// What two tasks pass to and fro.
#[derive(Default)]
struct Ball {
    number: u64,
    waiting: Option<Waker>,
}

/// Adds 1 whenever the number is even, or odd, until it is `end`.
async fn player(ball: Rc<RefCell<Ball>>, parity: u64, end: u64) {
    poll_fn(move |context| {
        let mut ball = ball.borrow_mut();
        if ball.number < end && ball.number % 2 == parity {
            ball.number += 1;
            if let Some(other) = ball.waiting.take() {
                other.wake();
            }
        }
        if ball.number >= end {
            return Poll::Ready(());
        }
        ball.waiting = Some(context.waker().clone());
        Poll::Pending
    })
    .await;
}

fn wake_ours(times: u64) -> Duration {
    let executor = Executor::new(|| ());
    let ball = Rc::default();
    executor.spawn(player(Rc::clone(&ball), 0, times));
    executor.spawn(player(Rc::clone(&ball), 1, times));
    let begin = Instant::now();
    while executor.turn() > 0 {}
    assert_eq!(ball.borrow().number, times);
    begin.elapsed()
}

fn wake_theirs(runtime: &Runtime, times: u64) -> Duration {
    LocalSet::new().block_on(runtime, async {
        let ball = Rc::default();
        let begin = Instant::now();
        let tasks = [0, 1].map(|parity| spawn_local(player(Rc::clone(&ball), parity, times)));
        for task in tasks {
            task.await.expect("it ends");
        }
        assert_eq!(ball.borrow().number, times);
        begin.elapsed()
    })
}

/// Something like a connection.
struct Line(u64);

struct Lines;

impl Manage for Lines {
    type Resource = Line;
    type Error = ();

    async fn create(&self) -> Result<Line, ()> {
        Ok(Line(7))
    }

    fn is_broken(&self, line: &Line) -> bool {
        line.0 != 7
    }

    async fn check(&self, _: &mut Line) -> bool {
        true
    }
}

impl Manager for Lines {
    type Type = Line;
    type Error = ();

    async fn create(&self) -> Result<Line, ()> {
        Ok(Line(7))
    }

    async fn recycle(&self, line: &mut Line, _: &Metrics) -> RecycleResult<()> {
        if line.0 == 7 { Ok(()) } else { Err(managed::RecycleError::message("it is broken")) }
    }
}

/// Runs tasks that together borrow so often, and each keeps what it has for a turn of the loop if others wait.
fn share<F: Future<Output = ()> + 'static>(
    runtime: &Runtime,
    tasks: usize,
    borrow: impl Fn(u64) -> F,
    times: u64,
) -> Duration {
    LocalSet::new().block_on(runtime, async {
        borrow(1).await;
        let begin = Instant::now();
        let each = times / tasks as u64;
        let running: Vec<_> = (0..tasks).map(|_| spawn_local(borrow(each))).collect();
        for task in running {
            task.await.expect("it ends");
        }
        begin.elapsed()
    })
}

fn lend_ours(runtime: &Runtime, tasks: usize, max: usize, times: u64) -> Duration {
    let limits = Limits { min: 0, max, uses_max: u64::MAX, ..Limits::default() };
    let pool = Pool::new(Lines, limits).expect("the limits are sound");
    let borrow = |times| {
        let pool = Rc::clone(&pool);
        async move {
            for _ in 0..times {
                let line = pool.acquire().await.expect("one becomes free");
                assert_eq!(line.0, 7);
                if tasks > max {
                    yield_now().await;
                }
            }
        }
    };
    share(runtime, tasks, borrow, times)
}

fn lend_theirs(runtime: &Runtime, tasks: usize, max: usize, times: u64) -> Duration {
    let pool = managed::Pool::<Lines>::builder(Lines).max_size(max).build().expect("it is sound");
    let borrow = |times| {
        let pool = pool.clone();
        async move {
            for _ in 0..times {
                let line = pool.get().await.expect("one becomes free");
                assert_eq!(line.0, 7);
                if tasks > max {
                    yield_now().await;
                }
            }
        }
    };
    share(runtime, tasks, borrow, times)
}
