//! What each life shows of itself: whether it lives, and how full it is.

use std::fs;

use rustix::param::page_size;
use rustix::time::{ClockId, clock_gettime};
use solution_4_processes::shared::{Counter, Gauge, Plain};
use solution_7_sync::breaker::State;

/// A life's signs of life, in cache lines of their own. All but `beat` are what they were at the last beat.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Sign {
    /// It grows while the event loop turns.
    pub beat: Counter,
    /// The process, or zero for nobody.
    pub pid: Gauge,
    /// Which worker it is.
    pub worker: Gauge,
    /// The number of its life.
    pub life: Gauge,
    /// Open connections.
    pub connections: Gauge,
    /// Connections with a request that is not answered yet.
    pub busy: Gauge,
    /// Processor time, in microseconds.
    pub processor: Gauge,
    /// Memory that is there for this process, in bytes (`VmRSS`).
    pub memory: Gauge,
    /// Open descriptors.
    pub descriptors: Gauge,
    /// Users in memory.
    pub cache_items: Gauge,
    /// And what they take, in bytes.
    pub cache_bytes: Gauge,
    /// Connections to the database, or threads for it, that are in use or being made.
    pub pool_used: Gauge,
    /// And how many there may be.
    pub pool_max: Gauge,
    /// Who waits for one.
    pub pool_waiting: Gauge,
    /// What bodies and waiting requests take of the budget, in bytes.
    pub admitted: Gauge,
    /// The budget.
    pub admitted_max: Gauge,
    /// Computations that wait for a thread.
    pub computations: Gauge,
    /// Of a keeper: jobs that it runs.
    pub jobs: Gauge,
    /// How the breakers stand, in the order of [`DEPENDENCIES`], each as a [`number`].
    pub breakers: [Gauge; DEPENDENCIES.len()],
}

// SAFETY: `repr(C)`, and all of it is plain.
unsafe impl Plain for Sign {}

/// Before what there are breakers.
pub const DEPENDENCIES: [&str; 3] = ["database", "redis", "queue"];

/// A breaker's state as a number, the worse the larger. Zero: there is no such dependency.
#[must_use]
pub fn number(state: Option<State>) -> u64 {
    match state {
        None => 0,
        Some(State::Closed) => 1,
        Some(State::HalfOpen) => 2,
        Some(State::Open) => 3,
    }
}

impl Sign {
    /// What the kernel knows of this process.
    pub fn show_process(&self) {
        self.pid.set(u64::from(std::process::id()));
        let time = clock_gettime(ClockId::ProcessCPUTime);
        let microseconds = time.tv_sec * 1_000_000 + time.tv_nsec / 1000;
        self.processor.set(microseconds.cast_unsigned());
        // proc_pid_statm(5): the second number, in pages.
        let pages = fs::read_to_string("/proc/self/statm").ok();
        let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
        self.memory.set(pages.unwrap_or(0) * page_size() as u64);
        // proc_pid_fd(5): since Linux 6.2 the directory's size is the number of descriptors, before that zero.
        self.descriptors.set(fs::metadata("/proc/self/fd").map_or(0, |directory| directory.len()));
    }

    /// There is nobody any more. `beat` goes on from where it was.
    pub fn clear(&self) {
        let gauges = [
            &self.pid,
            &self.worker,
            &self.life,
            &self.connections,
            &self.busy,
            &self.processor,
            &self.memory,
            &self.descriptors,
            &self.cache_items,
            &self.cache_bytes,
            &self.pool_used,
            &self.pool_max,
            &self.pool_waiting,
            &self.admitted,
            &self.admitted_max,
            &self.computations,
            &self.jobs,
        ];
        gauges.into_iter().chain(&self.breakers).for_each(|gauge| gauge.set(0));
    }
}
