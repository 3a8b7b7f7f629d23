#![allow(unused)] // delete when done
//! Futures of one thread.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};
use std::thread::{self, ThreadId};

use crate::reactor::slots::{Key, Slots};

mod join;

pub use join::Join;

/// A future whose result somebody else takes.
type Local = Pin<Box<dyn Future<Output = ()>>>;

/// What ends the sleep of the executor's thread, or the next one if it does not sleep.
type Unpark = Box<dyn Fn() + Send + Sync>;

/// Tasks of one thread.
pub struct Executor {
    /// Each task; `None` while it is polled, for it may spawn others meanwhile.
    tasks: RefCell<Slots<Option<Local>>>,
    alarm: Arc<Alarm>,
}

/// The waker of all tasks.
struct Alarm {
    /// Somebody has been woken.
    woken: AtomicBool,
    /// The thread that polls.
    owner: ThreadId,
    unpark: Unpark,
}

impl Executor {
    /// For the calling thread. `unpark` is called when a task is woken by another one.
    #[must_use]
    pub fn new(unpark: impl Fn() + Send + Sync + 'static) -> Self {
        let owner = thread::current().id();
        let alarm = Alarm { woken: AtomicBool::new(false), owner, unpark: Box::new(unpark) };
        Self { tasks: RefCell::default(), alarm: Arc::new(alarm) }
    }

    /// Begins a task. It is polled for the first time in the next turn.
    #[inline]
    pub fn spawn<F: Future<Output: 'static> + 'static>(&self, future: F) -> Join<F::Output> {
        let (future, join) = Join::of(future);
        self.tasks.borrow_mut().insert(Some(Box::pin(future)));
        self.alarm.wake_by_ref();
        join
    }

    /// One turn: polls every task that has been woken so far, once. Who is woken meanwhile has its turn in the next one.
    /// Returns how many were polled.
    #[inline]
    pub fn turn(&self) -> usize {
        if !self.alarm.woken.swap(false, Acquire) {
            return 0;
        }
        let waker = Waker::from(Arc::clone(&self.alarm));
        let all: Vec<Key> = self.tasks.borrow().keys().collect();
        all.into_iter().filter(|&key| self.poll(key, &waker)).count()
    }

    #[inline]
    fn poll(&self, key: Key, waker: &Waker) -> bool {
        let task = self.tasks.borrow_mut().get_mut(key).and_then(Option::take);
        let Some(mut task) = task else { return false };
        let ended = task.as_mut().poll(&mut Context::from_waker(waker)).is_ready();
        let mut tasks = self.tasks.borrow_mut();
        if ended {
            tasks.remove(key);
        } else if let Some(place) = tasks.get_mut(key) {
            place.replace(task);
        }
        true
    }

    /// How many tasks have not ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.borrow().len()
    }
}

impl Wake for Alarm {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Release) && thread::current().id() != self.owner {
            (self.unpark)();
        }
    }
}

impl Executor {
    /// Runs all tasks until `future` has a result. Between two turns it calls `look`, which wakes up whoever has been waiting
    /// for something that has happened; with `true` nobody is woken now, and it may sleep until `unpark` is called.
    ///
    /// # Panics
    ///
    /// A task panics.
    pub fn block_on<F>(&self, future: F, mut look: impl FnMut(bool)) -> F::Output
    where
        F: Future<Output: 'static> + 'static,
    {
        let join = self.spawn(future);
        loop {
            let polled = self.turn();
            if let Some(result) = join.take() {
                return result;
            }
            look(polled == 0);
        }
    }

    /// Whether all tasks have ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("tasks", &self.len()).finish_non_exhaustive()
    }
}
