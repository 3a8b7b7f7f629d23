#![allow(unused)] // delete when done
//! Background jobs, in processes of their own.
//!
//! A thread that runs a job shares everything with it: a job that crashes takes the server along, one that eats memory takes
//! it from everybody, and one that never ends cannot be ended. A process can be limited before it begins, and killed at any
//! time, and the kernel cleans up behind it.
//!
//! ```text
//!  try_submit ─▶ queue ─▶ keeper 0 ── socket ── process: waits for a job, runs it, answers, ends
//!               (bounded)  keeper 1 ── socket ── process
//! ```
//!
//! # The life of a job
//!
//! 1. It waits in the queue, unless that is full: then it is given back.
//! 2. A keeper, which is a thread, takes it out. Its process has been started before, so that nobody waits for that.
//! 3. The job goes to the process as a frame (lesson 1) over a socket, which is the process's standard input.
//! 4. The process answers with a frame and is of no more use: each runs *one* job. What a job leaves behind, in memory or in
//!    processor time, is never the next one's.
//! 5. Or the process dies, by itself or because it took too long. Then the job is tried once more in another one; if that
//!    dies as well, the job has failed. A job that says itself that it cannot be done is not tried again.
//!
//! Each job that was taken comes to exactly one end, and who submitted it is told.
//!
//! # What the limits are
//!
//! Memory is `RLIMIT_AS`, which counts addresses: a job that asks for more gets none, and Rust's allocator then aborts. Its
//! processor time is `RLIMIT_CPU`, enforced by the kernel with SIGXCPU; the time on the clock is the keeper's affair. All are
//! per process (getrlimit(2)): a job that could start processes would have each of them as often as it likes. Whoever runs
//! jobs that nobody has read forbids that, too; here the ones of the same process group are killed with it.

use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::process::Command;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

mod keeper;
mod queue;
mod runner;
mod serve;

pub use serve::serve;

use queue::{Queue, Task};

/// How many processes there are, and what each may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many jobs run at once, each in a process.
    pub processes: NonZeroUsize,
    /// How many wait.
    pub queued_max: usize,
    /// How long a job may take by the clock.
    pub time: Duration,
    /// How much processor time it may take; whole seconds count, and at least one.
    pub processor_time: Duration,
    /// How much memory its process may have, in bytes of addresses; its program and libraries count.
    pub memory_bytes: u64,
    /// How long a job, or an answer, may be.
    pub frame_bytes: usize,
    /// How often a job is begun, if it fails.
    pub attempts_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes: NonZeroUsize::MIN,
            queued_max: 64,
            time: Duration::from_secs(30),
            processor_time: Duration::from_secs(30),
            memory_bytes: 256 << 20,
            frame_bytes: 1 << 20,
            attempts_max: 2,
        }
    }
}

/// The answer of a job, or why there is none.
pub type Outcome = Result<Vec<u8>, Failure>;

/// Why a job has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened last.
    pub cause: Cause,
    /// The end of what its process wrote to standard error.
    pub said: String,
}

/// What ends a job without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// It says that it cannot be done, and why.
    Refused(String),
    /// Its process died of this signal. SIGABRT is also what a Rust program ends with that gets no memory.
    Killed(i32),
    /// Its process ended with this status before it answered; a panic is 101.
    Exited(i32),
    /// It took more processor time than it may.
    ProcessorTime,
    /// It took longer than it may.
    Time,
    /// It was cancelled.
    Cancelled,
    /// There was no process for it.
    NoProcess(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Killed(signal) => write!(f, "its process died of signal {signal}"),
            Self::Exited(status) => write!(f, "its process ended with status {status}"),
            Self::ProcessorTime => f.write_str("it took more processor time than it may"),
            Self::Time => f.write_str("it took longer than it may"),
            Self::Cancelled => f.write_str("it was cancelled"),
            Self::NoProcess(why) => write!(f, "there was no process for it: {why}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        if self.said.is_empty() { Ok(()) } else { write!(f, " ({})", self.said) }
    }
}

impl std::error::Error for Failure {}

/// The queue is full, or the pool ends. Nothing is lost: the job is in here.
#[derive(Debug, PartialEq, Eq)]
pub struct Full(pub Vec<u8>);

/// Processes that run jobs. Dropping it kills those that run.
pub struct Jobs {
    queue: Arc<Queue>,
    keepers: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// Starts the keepers, and a process for each. `command` makes the command of a process, which calls [`serve`].
    ///
    /// # Errors
    ///
    /// There is no thread. That there is no process is told to those whose jobs fail of it.
    pub fn start(
        limits: Limits,
        command: impl Fn() -> Command + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue::new(limits.queued_max));
        let command: Arc<runner::Make> = Arc::new(command);
        let mut jobs = Self { queue, keepers: Vec::new() };
        for number in 0..limits.processes.get() {
            let (queue, command) = (Arc::clone(&jobs.queue), Arc::clone(&command));
            let keeper = thread::Builder::new().name(format!("keeper-{number}"));
            let keeper = keeper.spawn(move || keeper::keep(&queue, &limits, &*command))?;
            jobs.keepers.push(keeper);
        }
        Ok(jobs)
    }

    /// Takes a job, and tells `done` how it went, on a keeper's thread. `id` is the caller's name for it.
    ///
    /// # Errors
    ///
    /// [`Full`], with the job.
    pub fn try_submit(
        &self,
        id: u64,
        job: Vec<u8>,
        done: impl FnOnce(Outcome) + Send + 'static,
    ) -> Result<(), Full> {
        self.queue.push(Task { id, job, done: Box::new(done) }).map_err(|task| Full(task.job))
    }

    /// Cancels a job, which may be waiting or running. False when there is none of that name any more: it has ended, or is
    /// just ending.
    #[must_use]
    pub fn cancel(&self, id: u64) -> bool {
        self.queue.cancel(id)
    }

    /// How many jobs wait, and how many run.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        self.queue.load()
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.queue.end();
        self.keepers.drain(..).for_each(|keeper| drop(keeper.join()));
    }
}
