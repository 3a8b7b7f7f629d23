//! What it shows: two tasks that wake each other in turn while a thousand others wait for nothing, and a hundred small tasks
//! that are begun and joined: what a server's loop does all day.
//!
//! What it does not show: wakes from other threads, and what waiting in the kernel costs.
//!
//! tokio's current-thread runtime is measured beside them, and decides nothing. It does more for each task: it can abort
//! them, catches their panics, and gives each a budget.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use criterion::{Criterion, criterion_group, criterion_main};

const SLEEPERS: usize = 1000;
const TURNS: u64 = 50;
const SMALL: u64 = 100;

/// Two tasks pass a number to and fro.
#[derive(Default)]
struct Ball {
    number: u64,
    waiting: Option<Waker>,
}

/// Adds 1 whenever the number is even, or odd.
async fn player(ball: Rc<RefCell<Ball>>, parity: u64) -> u64 {
    poll_fn(move |context| {
        let mut ball = ball.borrow_mut();
        if ball.number < 2 * TURNS && ball.number % 2 == parity {
            ball.number += 1;
            if let Some(other) = ball.waiting.take() {
                other.wake();
            }
        }
        if ball.number >= 2 * TURNS {
            return Poll::Ready(ball.number);
        }
        ball.waiting = Some(context.waker().clone());
        Poll::Pending
    })
    .await
}

/// The same work for an executor of this lesson.
macro_rules! round {
    ($executor:expr) => {{
        let executor = &$executor;
        let ball = Rc::new(RefCell::new(Ball::default()));
        let one = executor.spawn(player(Rc::clone(&ball), 0));
        let other = executor.spawn(player(ball, 1));
        let small: Vec<_> =
            (0..SMALL).map(|number| executor.spawn(async move { number })).collect();
        while executor.turn() > 0 {}
        let sum: u64 = small.iter().filter_map(|join| join.take()).sum();
        assert_eq!(sum, SMALL * (SMALL - 1) / 2);
        assert_eq!(one.take(), Some(2 * TURNS));
        assert_eq!(other.take(), Some(2 * TURNS));
    }};
}

macro_rules! bench {
    ($group:expr, $name:literal, $executor:path) => {
        let executor = <$executor>::new(|| {});
        for _ in 0..SLEEPERS {
            executor.spawn(pending::<()>());
        }
        while executor.turn() > 0 {}
        $group.bench_function($name, |bencher| bencher.iter(|| round!(executor)));
    };
}

fn executor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("executor");
    bench!(group, "naive", solution::naive::executor::Executor);
    bench!(group, "yours", async_io::executor::Executor);
    bench!(group, "reference", solution::executor::Executor);

    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    for _ in 0..SLEEPERS {
        local.spawn_local(pending::<()>());
    }
    group.bench_function("tokio", |bencher| {
        bencher.iter(|| {
            local.block_on(&runtime, async {
                let ball = Rc::new(RefCell::new(Ball::default()));
                let one = tokio::task::spawn_local(player(Rc::clone(&ball), 0));
                let other = tokio::task::spawn_local(player(ball, 1));
                let small: Vec<_> =
                    (0..SMALL).map(|n| tokio::task::spawn_local(async move { n })).collect();
                let mut sum = 0;
                for join in small {
                    sum += join.await.expect("it ends");
                }
                assert_eq!(sum, SMALL * (SMALL - 1) / 2);
                assert_eq!(one.await.expect("it ends"), 2 * TURNS);
                assert_eq!(other.await.expect("it ends"), 2 * TURNS);
            });
        });
    });
    group.finish();
}

criterion_group!(benches, executor);
criterion_main!(benches);
