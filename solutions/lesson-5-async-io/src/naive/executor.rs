//! An executor that polls everybody when anybody is woken: the starter of `executor`.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::task::{Context, Wake, Waker};
use std::thread::{self, ThreadId};

use crate::executor::Join;
use crate::reactor::slots::{Key, Slots};

/// A future whose result somebody else takes.
type Local = Pin<Box<dyn Future<Output = ()>>>;

/// What ends the sleep of the executor's thread, or the next one if it does not sleep.
type Unpark = Box<dyn Fn() + Send + Sync>;

// ANCHOR: state
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
// ANCHOR_END: state

impl Executor {
    // ANCHOR: tasks
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
    // ANCHOR_END: tasks

    // ANCHOR: turn
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
    // ANCHOR_END: turn

    /// How many tasks have not ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    /// Whether all tasks have ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

// ANCHOR: wake
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
// ANCHOR_END: wake
