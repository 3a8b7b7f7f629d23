//! A bounded pool of threads that survives its jobs.
//!
//! The queue between submitters and workers is the pool's only shared state. Its bound is the
//! back-pressure: whoever submits learns that the pool cannot keep up, instead of memory filling.
//! Dropping the queue's sending half is the whole shutdown protocol: workers go on receiving until
//! the queue is empty *and* nobody can send any more, so what was accepted is run.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::mem;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

/// What a worker runs, once.
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// Threads that run jobs. Dropping it waits until all accepted jobs have run.
#[derive(Debug)]
pub struct Pool {
    /// `None` only while the pool ends.
    queue: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
    /// Each worker holds a sender on which nothing is sent: disconnected means that all have ended.
    ended: Receiver<Infallible>,
    panicked: Arc<AtomicUsize>,
}

/// The queue is full. Nothing is lost: the job is in here.
pub struct Full(pub Job);

/// The deadline passed before every job had run. The threads are left to themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// How many threads had not ended: with a job, or on their way.
    pub running: usize,
}

impl Pool {
    /// Starts `threads` threads named `name-0`, `name-1`, …, and a queue for `queued_max` jobs that
    /// no thread has begun.
    ///
    /// # Errors
    ///
    /// The kernel refuses a thread; those already started end again.
    pub fn new(name: &str, threads: NonZeroUsize, queued_max: usize) -> io::Result<Self> {
        let (queue, jobs) = bounded(queued_max);
        let (alive, ended) = bounded(0);
        let mut pool =
            Self { queue: Some(queue), workers: Vec::new(), ended, panicked: Arc::default() };
        for number in 0..threads.get() {
            let worker = Worker {
                jobs: jobs.clone(),
                panicked: Arc::clone(&pool.panicked),
                _alive: alive.clone(),
            };
            let thread = thread::Builder::new().name(format!("{name}-{number}"));
            pool.workers.push(thread.spawn(move || worker.run())?);
        }
        Ok(pool)
    }

    /// Hands `job` to a worker, or gives it back at once when the queue is full.
    ///
    /// # Errors
    ///
    /// [`Full`], with the job.
    pub fn try_submit(&self, job: Job) -> Result<(), Full> {
        // ANCHOR: try_submit
        // TASK: hand the job to a worker, or give it back when the queue is full
        self.queue().try_send(job).map_err(|refused| match refused {
            TrySendError::Full(job) => Full(job),
            TrySendError::Disconnected(_) => unreachable!("workers end after the queue"),
        })
        // ANCHOR_END: try_submit
    }

    /// Hands `job` to a worker, and waits while the queue is full.
    pub fn submit(&self, job: Job) {
        self.queue().send(job).expect("workers end after the queue");
    }

    /// How many jobs wait for a thread.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue().len()
    }

    /// How many jobs have panicked. Their threads go on.
    #[must_use]
    pub fn panicked(&self) -> usize {
        self.panicked.load(Relaxed)
    }

    /// Takes no more jobs, runs those that were accepted, and returns when all have run, or after
    /// `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// [`Unfinished`] at the deadline. Jobs that have begun go on; the rest of the queue is still
    /// run behind them, unless the process ends first.
    pub fn shutdown(mut self, deadline: Duration) -> Result<(), Unfinished> {
        // ANCHOR: shutdown
        // TASK: close the queue, wait until all workers have ended, but not beyond the deadline
        // STEP: `ended` is disconnected when the last of them has; `join` waits for the threads
        self.queue = None;
        let workers = mem::take(&mut self.workers);
        match self.ended.recv_timeout(deadline) {
            Err(RecvTimeoutError::Disconnected) => {
                join(workers);
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => {
                let running = workers.iter().filter(|worker| !worker.is_finished()).count();
                Err(Unfinished { running })
            }
            Ok(never) => match never {},
        }
        // ANCHOR_END: shutdown
    }

    fn queue(&self) -> &Sender<Job> {
        self.queue.as_ref().expect("only the pool's end takes the queue")
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // ANCHOR: drop
        // TASK: close the queue, and wait for the threads
        self.queue = None;
        join(mem::take(&mut self.workers));
        // ANCHOR_END: drop
    }
}

/// Waits for the threads, but not for the calling one: a job may own the last handle to its pool.
fn join(workers: Vec<JoinHandle<()>>) {
    for worker in workers {
        if worker.thread().id() != thread::current().id() {
            worker.join().expect("a worker catches what its jobs throw");
        }
    }
}

/// What one thread of the pool has.
struct Worker {
    jobs: Receiver<Job>,
    panicked: Arc<AtomicUsize>,
    _alive: Sender<Infallible>,
}

impl Worker {
    fn run(self) {
        // ANCHOR: run
        // TASK: run job after job until the queue is closed and empty; count panics
        for job in &self.jobs {
            // The job is consumed whether it returns or panics: nothing half-changed of it is seen again.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(job)) {
                self.panicked.fetch_add(1, Relaxed);
                // What was thrown may throw again when it is dropped; what comes then is leaked.
                if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                    mem::forget(again);
                }
            }
        }
        // ANCHOR_END: run
    }
}

impl fmt::Debug for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full(job)")
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool's queue is full")
    }
}

impl std::error::Error for Full {}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` threads had not ended at the deadline", self.running)
    }
}

impl std::error::Error for Unfinished {}
