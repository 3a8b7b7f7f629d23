//! Futures of one thread.
// ANCHOR: about
// HIDE
//!
//! A task is polled when it has been woken, and only then. So each has a waker of its own, which knows its [`Key`] and puts
//! it into a queue; a turn of the loop takes the queue, and polls what is in it.
//!
//! # Wakes
//!
//! A waker may be used by any thread, at any time, and any number of times:
//!
//! - *twice before the poll* is once: `woken` says that the task is in the queue already;
//! - *during the poll* is a wake: what the task has looked at may have changed behind its back. So `woken` is cleared
//!   before the task is polled, and not behind it;
//! - *after the end* finds nothing: keys are not used again.
//!
//! # Sleep
//!
//! Between the look at an empty queue and the sleep, another thread may wake a task. What ends the sleep must therefore
//! also end one that has not begun yet, as `Thread::unpark` does, and a reactor's bell. The executor's own thread need not be
//! woken: it looks at the queue before it sleeps.
// ANCHOR_END: about

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

// ANCHOR: state
// GIVEN: src/naive/executor.rs
/// Tasks of one thread.
pub struct Executor {
    /// Each task; `None` while it is polled, for it may spawn others meanwhile.
    tasks: RefCell<Slots<Option<Task>>>,
    queue: Arc<Queue>,
    /// What the last turn has polled, emptied: its memory is used again.
    batch: Cell<Vec<Key>>,
}

struct Task {
    future: Local,
    waker: Waker,
    summons: Arc<Summons>,
}

/// Tasks that have been woken, in this order.
struct Queue {
    woken: Mutex<Vec<Key>>,
    /// The thread that polls them.
    owner: ThreadId,
    unpark: Unpark,
}

/// A task's waker.
struct Summons {
    key: Key,
    /// It is in the queue.
    woken: AtomicBool,
    queue: Arc<Queue>,
}
// ANCHOR_END: state

impl Executor {
    // ANCHOR: tasks
    // GIVEN: src/naive/executor.rs
    /// For the calling thread. `unpark` is called when a task is woken by another one.
    #[must_use]
    pub fn new(unpark: impl Fn() + Send + Sync + 'static) -> Self {
        let owner = thread::current().id();
        let queue = Queue { woken: Mutex::default(), owner, unpark: Box::new(unpark) };
        Self { tasks: RefCell::default(), queue: Arc::new(queue), batch: Cell::default() }
    }

    /// Begins a task. It is polled for the first time in the next turn.
    #[inline]
    pub fn spawn<F: Future<Output: 'static> + 'static>(&self, future: F) -> Join<F::Output> {
        let (future, join) = Join::of(future);
        let queue = Arc::clone(&self.queue);
        let key = self.tasks.borrow_mut().insert_with(|key| {
            let summons = Arc::new(Summons { key, woken: AtomicBool::new(true), queue });
            let waker = Waker::from(Arc::clone(&summons));
            Some(Task { future: Box::pin(future), waker, summons })
        });
        self.queue.push(key);
        join
    }
    // ANCHOR_END: tasks

    // ANCHOR: turn
    // GIVEN: src/naive/executor.rs
    /// One turn: polls every task that has been woken so far, once. Who is woken meanwhile has its turn in the next one.
    /// Returns how many were polled.
    #[inline]
    pub fn turn(&self) -> usize {
        let mut woken = self.batch.take();
        self.queue.swap(&mut woken);
        let polled = woken.drain(..).filter(|&key| self.poll(key)).count();
        self.batch.set(woken);
        polled
    }

    #[inline]
    fn poll(&self, key: Key) -> bool {
        let task = self.tasks.borrow_mut().get_mut(key).and_then(Option::take);
        let Some(mut task) = task else { return false };
        // Before the poll: who wakes it from now on may have something new. Acquire pairs with the Release of whoever found
        // it woken and relies on this poll: what was done before the wake is seen.
        task.summons.woken.swap(false, Acquire);
        let ended = task.future.as_mut().poll(&mut Context::from_waker(&task.waker)).is_ready();
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
}

// ANCHOR: wake
// GIVEN: src/naive/executor.rs
impl Queue {
    #[inline]
    fn push(&self, key: Key) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        if thread::current().id() != self.owner {
            (self.unpark)();
        }
    }

    #[inline]
    fn swap(&self, empty: &mut Vec<Key>) {
        std::mem::swap(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner), empty);
    }
}

impl Wake for Summons {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Release) {
            self.queue.push(self.key);
        }
    }
}
// ANCHOR_END: wake

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
