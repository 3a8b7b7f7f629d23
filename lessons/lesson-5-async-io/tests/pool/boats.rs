//! A boat hire: what is kept in the pool, and how it is made.

use std::cell::Cell;
use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_io::pool::{AcquireError, Guard, Limits, Manage, Pool};
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::sleep;

/// What happens when a boat is built, or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Luck {
    #[default]
    Good,
    /// Good, when this time has passed.
    Slow(Duration),
    Bad,
    /// Bad, when this time has passed.
    SlowlyBad(Duration),
    /// It never ends.
    Stuck,
    /// It panics.
    Panic,
}

/// What all see.
#[derive(Default)]
pub(crate) struct Sea {
    pub(crate) building: Cell<Luck>,
    pub(crate) trying: Cell<Luck>,
    /// How often a boat was begun, and tried.
    pub(crate) begun: Cell<u32>,
    pub(crate) tried: Cell<u32>,
    /// Boats that are there, or half built; and the most that there ever were.
    pub(crate) there: Cell<usize>,
    pub(crate) most: Cell<usize>,
    finished: Cell<u32>,
    /// How often the yard was told that one has become idle.
    pub(crate) rested: Cell<u32>,
}

/// A boat, half built or whole. It counts itself.
struct Hull(Rc<Sea>);

impl Hull {
    fn laid(sea: &Rc<Sea>) -> Self {
        sea.there.set(sea.there.get() + 1);
        sea.most.set(sea.most.get().max(sea.there.get()));
        Self(Rc::clone(sea))
    }
}

impl fmt::Debug for Hull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hull")
    }
}

impl Drop for Hull {
    fn drop(&mut self) {
        self.0.there.set(self.0.there.get() - 1);
    }
}

#[derive(Debug)]
pub(crate) struct Boat {
    /// In the order in which they were finished, from 1.
    pub(crate) number: u32,
    pub(crate) leaks: Rc<Cell<bool>>,
    _hull: Hull,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoWood;

/// No test needs more.
const BEGUN_MAX: u32 = 10_000;

pub(crate) struct Yard(pub(crate) Rc<Sea>);

async fn end(luck: Luck) -> bool {
    match luck {
        Luck::Good => true,
        Luck::Slow(time) => {
            sleep(time).await;
            true
        }
        Luck::Bad => false,
        Luck::SlowlyBad(time) => {
            sleep(time).await;
            false
        }
        Luck::Stuck => pending().await,
        Luck::Panic => panic!("the yard's own fault"),
    }
}

impl Manage for Yard {
    type Resource = Boat;
    type Error = NoWood;

    async fn create(&self) -> Result<Boat, NoWood> {
        let sea = &self.0;
        let hull = Hull::laid(sea);
        sea.begun.set(sea.begun.get() + 1);
        if sea.begun.get() > BEGUN_MAX {
            // A pool that tries again and again without a pause would keep the clock from going on, and its test from
            // coming to its end.
            pending::<()>().await;
        }
        if !end(sea.building.get()).await {
            return Err(NoWood);
        }
        sea.finished.set(sea.finished.get() + 1);
        Ok(Boat { number: sea.finished.get(), leaks: Rc::default(), _hull: hull })
    }

    fn is_broken(&self, boat: &Boat) -> bool {
        boat.leaks.get()
    }

    async fn check(&self, _: &mut Boat) -> bool {
        self.0.tried.set(self.0.tried.get() + 1);
        end(self.0.trying.get()).await
    }

    fn on_idle(&self) {
        self.0.rested.set(self.0.rested.get() + 1);
    }
}

pub(crate) type Hire = Rc<Pool<Yard>>;
pub(crate) type Lent = Result<Guard<Yard>, AcquireError<NoWood>>;

pub(crate) fn hire(limits: Limits) -> (Hire, Rc<Sea>) {
    let sea = Rc::<Sea>::default();
    (Pool::new(Yard(Rc::clone(&sea)), limits).expect("the limits are sound"), sea)
}

/// No boat before somebody asks, and at most so many.
pub(crate) fn at_most(max: usize) -> Limits {
    Limits { min: 0, max, ..Limits::default() }
}

/// A future that is polled by hand.
pub(crate) struct Task<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

impl<T> Task<T> {
    pub(crate) fn new(future: impl Future<Output = T> + 'static) -> Self {
        Self { future: Box::pin(future), woken: Arc::default() }
    }

    pub(crate) fn poll(&mut self) -> Poll<T> {
        self.woken.0.store(false, SeqCst);
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.woken.0.load(SeqCst)
    }

    /// What it returns now, as a runtime would see it: only who has been woken is polled.
    pub(crate) fn end_woken(mut self) -> T {
        assert!(self.is_woken(), "it is woken");
        match self.poll() {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits for something"),
        }
    }
}

/// A caller that has been polled once, and waits.
pub(crate) fn waiting(hire: &Hire) -> Task<Lent> {
    let mut task = asking(hire);
    assert!(task.poll().is_pending(), "it waits");
    task
}

/// A caller that has not been polled.
pub(crate) fn asking(hire: &Hire) -> Task<Lent> {
    let hire = Rc::clone(hire);
    Task::new(async move { hire.acquire().await })
}

/// All tasks of the loop go on as far as they can without time passing.
pub(crate) async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

/// Runs a test in its own local set; time passes only while everybody waits.
pub(crate) async fn alone(test: impl Future<Output = ()>) {
    LocalSet::new().run_until(test).await;
}

/// A pool that is looked after.
pub(crate) fn maintained(limits: Limits) -> (Hire, Rc<Sea>) {
    let (hire, sea) = hire(limits);
    spawn_local(Rc::clone(&hire).maintain());
    (hire, sea)
}

pub(crate) async fn lend(hire: &Hire) -> Guard<Yard> {
    hire.acquire().await.expect("a boat is lent")
}

pub(crate) fn error(lent: Lent) -> AcquireError<NoWood> {
    lent.expect_err("no boat is lent")
}
