//! What has happened lately, as people want to know it: per second, and not since the start.
//!
//! `/metrics` tells sums and leaves it to Prometheus to compare them. Where there is no Prometheus, this does: it looks once a
//! second, and what it tells is the difference between two looks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use solution_4_processes::shared::{Histogram, Region};

use super::machine::Machine;
use crate::board::Board;
use crate::board::numbers::Numbers;
use crate::board::sign::{DEPENDENCIES, Sign};

/// How far back rates and latencies go, in looks: long enough that a quantile means something, and short enough that what is
/// over is seen to be over.
const SHORT: usize = 10;
/// How far back what happens seldom goes, in steps.
const LONG: usize = 30;
/// How often [`Past::look`] is to be called.
pub const STEP: Duration = Duration::from_secs(10);

/// The last looks, the latest last.
pub struct Recent {
    board: Arc<Region<Board>>,
    machine: Machine,
    past: Rc<Past>,
    looks: VecDeque<Look>,
}

/// The last five minutes, for whoever begins to look now.
#[derive(Debug, Default)]
pub struct Past(RefCell<VecDeque<Counts>>);

impl Past {
    /// Looks. To be called from the start on, in steps.
    pub fn look(&self, board: &Board) {
        let numbers = Box::<Numbers>::default();
        if board.lives.sum(&numbers) {
            let mut steps = self.0.borrow_mut();
            steps.push_back(counts(board, &numbers));
            let excess = steps.len().saturating_sub(LONG);
            steps.drain(..excess);
        }
    }
}

/// What there was at a moment.
pub struct Look {
    at: Instant,
    /// What all workers have counted.
    pub counts: Counts,
    /// Latencies, 8 KiB.
    latency: Box<Histogram>,
    /// The master, the keeper of jobs, if there is one, and then the workers' lives.
    pub processes: Vec<Process>,
}

/// Sums since the server's start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Answers.
    pub answers: u64,
    /// Of them, those that begin with a 5.
    pub errors: u64,
    /// Processor time, that of the master and the keeper included, in microseconds.
    pub processor: u64,
    /// Users that were read from a worker's memory, and that were not.
    pub l1: (u64, u64),
    /// Of the latter, those that Redis had, and that it did not have.
    pub l2: (u64, u64),
    /// Requests that were refused because there was no room.
    pub shed: u64,
    /// Requests that were refused because their client asks too often.
    pub limited: u64,
    /// Access events: accepted, refused, with the queue.
    pub events: (u64, u64, u64),
    /// Background jobs: waiting, running here, failed here.
    pub jobs: (u64, u64, u64),
    /// Workers that were started.
    pub started: u64,
    /// Workers that died or hung.
    pub failed: u64,
    /// Requests that were recorded.
    pub traces: u64,
    /// Errors.
    pub noted: u64,
}

/// A process of the server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process {
    /// Its number for the kernel.
    pub pid: u64,
    /// Which worker it is, and in which life; of the master and the keeper of jobs, nothing.
    pub worker: Option<(u64, u64)>,
    /// Processor time, in microseconds.
    pub processor: u64,
    /// Answers.
    pub answers: u64,
    /// Memory, in bytes.
    pub memory: u64,
    /// Open connections, and those with a request that is not answered yet.
    pub connections: (u64, u64),
    /// Users in memory.
    pub cache_items: u64,
    /// Connections to the database: in use, most, and queries that wait for one.
    pub pool: (u64, u64, u64),
    /// How its breakers stand, in the order of [`DEPENDENCIES`], as numbers of the board.
    pub breakers: [u64; DEPENDENCIES.len()],
}

impl Recent {
    /// Nothing has been looked at yet.
    #[must_use]
    pub fn new(board: Arc<Region<Board>>, machine: Machine, past: Rc<Past>) -> Self {
        Self { board, machine, past, looks: VecDeque::new() }
    }

    /// Looks. To be called once a second.
    pub fn look(&mut self) {
        let numbers = Box::<Numbers>::default();
        if !self.board.lives.sum(&numbers) {
            return;
        }
        self.looks.push_back(Look {
            at: Instant::now(),
            counts: counts(&self.board, &numbers),
            latency: Box::new(numbers.latency_of_all()),
            processes: processes(&self.board),
        });
        if self.looks.len() > SHORT + 1 {
            self.looks.pop_front();
        }
    }

    /// The last look, if there was one.
    #[must_use]
    pub fn now(&self) -> Option<&Look> {
        self.looks.back()
    }

    /// How much a count has grown each second.
    #[must_use]
    pub fn rate(&self, count: fn(&Counts) -> u64) -> Option<f64> {
        let (before, now) = self.ends()?;
        let seconds = (now.at - before.at).as_secs_f64();
        Some(count(&now.counts).saturating_sub(count(&before.counts)) as f64 / seconds)
    }

    /// Of what one count has grown by, how much the other has; nothing where nothing has happened.
    #[must_use]
    pub fn share(&self, part: fn(&Counts) -> u64, whole: fn(&Counts) -> u64) -> Option<f64> {
        let whole = self.rate(whole)?;
        if whole == 0.0 { None } else { Some(self.rate(part)? / whole) }
    }

    /// How much a count has grown in the last five minutes.
    #[must_use]
    pub fn increase(&self, count: fn(&Counts) -> u64) -> Option<f64> {
        let now = count(&self.now()?.counts);
        let past = self.past.0.borrow();
        let before = past.front().or(Some(&self.looks.front()?.counts))?;
        Some(now.saturating_sub(count(before)) as f64)
    }

    /// The latency within which a share of `quantile` was answered, in seconds.
    #[must_use]
    pub fn latency(&self, quantile: f64) -> Option<f64> {
        let (before, now) = self.ends()?;
        let since = Histogram::default();
        since.add(&now.latency);
        since.subtract(&before.latency);
        since.quantile(quantile).map(|latency| latency.as_secs_f64())
    }

    /// Which share of the processors the server had.
    #[must_use]
    pub fn processors(&self) -> Option<f64> {
        Some(self.rate(|counts| counts.processor)? / 1e6 / self.machine.processors)
    }

    /// Which share of the memory it has, if there is a limit.
    #[must_use]
    pub fn memory(&self) -> Option<f64> {
        let used: u64 = self.now()?.processes.iter().map(|process| process.memory).sum();
        (self.machine.memory > 0).then(|| used as f64 / self.machine.memory as f64)
    }

    /// Which share of the connections to the database is in use.
    #[must_use]
    pub fn pool(&self) -> Option<f64> {
        let pools = self.now()?.processes.iter().map(|process| process.pool);
        let (used, max) = pools.fold((0, 0), |sum, pool| (sum.0 + pool.0, sum.1 + pool.1));
        (max > 0).then(|| used as f64 / max as f64)
    }

    /// How the worst of the breakers stands: 0 is closed, 1 half open, 2 open.
    #[must_use]
    pub fn breaker(&self) -> Option<f64> {
        let breakers = self.now()?.processes.iter().flat_map(|process| process.breakers);
        Some(breakers.max()?.saturating_sub(1) as f64)
    }

    /// A process's share of one processor, and its answers a second.
    #[must_use]
    pub fn of_process(&self, process: &Process) -> Option<(f64, f64)> {
        let (before, now) = self.ends()?;
        // One that has just been started began with nothing.
        let its = before.processes.iter().find(|its| its.pid == process.pid);
        let its = its.copied().unwrap_or_default();
        let seconds = (now.at - before.at).as_secs_f64();
        let grown = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        let processor = grown(process.processor, its.processor) / 1e6;
        Some((processor, grown(process.answers, its.answers)))
    }

    /// The first look that is kept, and the last one.
    fn ends(&self) -> Option<(&Look, &Look)> {
        (self.looks.len() > 1).then_some((self.looks.front()?, self.looks.back()?))
    }
}

fn counts(board: &Board, n: &Numbers) -> Counts {
    let class = |class: usize| n.answers.iter().map(|route| route[class].get()).sum::<u64>();
    let others = board.master.processor.get() + board.jobs.processor.get();
    Counts {
        answers: (0..5).map(class).sum(),
        errors: class(4),
        processor: n.processor.get() + others,
        l1: (n.cache_hits.get(), n.cache_misses.get()),
        l2: (n.l2_hits.get(), n.l2_misses.get()),
        shed: n.shed.get(),
        limited: n.limited.get(),
        events: (n.events_accepted.get(), n.events_refused.get(), n.events_published.get()),
        jobs: (board.jobs.waiting.get(), board.running_jobs(), board.jobs.failed.get()),
        started: board.started.get(),
        failed: board.failed.get(),
        traces: board.traces.count(),
        noted: board.errors.count(),
    }
}

fn processes(board: &Board) -> Vec<Process> {
    let keeper = Some(&board.jobs.keeper).filter(|sign| sign.pid.get() > 0);
    let others = [process(&board.master)].into_iter().chain(keeper.map(process));
    let places = board.signs.iter().enumerate().filter(|(_, sign)| sign.pid.get() > 0);
    let mut workers: Vec<_> = places
        .map(|(place, sign)| {
            let answers = board.lives.place(place).answers.as_flattened();
            Process {
                worker: Some((sign.worker.get(), sign.life.get())),
                answers: answers.iter().map(|count| count.get()).sum(),
                ..process(sign)
            }
        })
        .collect();
    workers.sort_by_key(|process| process.worker);
    others.chain(workers).collect()
}

fn process(sign: &Sign) -> Process {
    Process {
        pid: sign.pid.get(),
        worker: None,
        processor: sign.processor.get(),
        answers: 0,
        memory: sign.memory.get(),
        connections: (sign.connections.get(), sign.busy.get()),
        cache_items: sign.cache_items.get(),
        pool: (sign.pool_used.get(), sign.pool_max.get(), sign.pool_waiting.get()),
        breakers: sign.breakers.each_ref().map(|state| state.get()),
    }
}

/// How often [`Recent::look`] is to be called.
pub const LOOK: Duration = Duration::from_secs(1);
