#![allow(unused)] // delete when done
//! Which processor each worker runs on.
//!
//! Two things bound a process's share of a machine, and they know nothing of each other: the
//! affinity mask says *where* its threads may run, the quota of its control group *how long* in each
//! period. A mask of eight processors with a quota of one and a half gives time for one and a half,
//! on any of the eight.

use std::io;
use std::num::NonZeroUsize;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

pub mod quota;

/// What the kernel lets this process use.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The processors of the affinity mask, in rising order; there may be holes.
    pub allowed: Vec<usize>,
    /// The quota of the control group, in processors: 1.5 is 150 ms of run time in 100 ms.
    pub quota: Option<f64>,
}

/// Whether a worker keeps to one processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pinning {
    /// Where it helps: not under a quota, and not with more workers than processors.
    #[default]
    Auto,
    /// Whatever the rest says.
    Always,
    /// The scheduler decides.
    Never,
}

/// The worker of each index, and its processor where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// As many as there are workers.
    pub processors: Vec<Option<usize>>,
}

impl Share {
    /// Asks the kernel: the mask of the calling thread, the quota of its control group.
    ///
    /// # Errors
    ///
    /// The mask cannot be read. A quota that cannot be read is none.
    pub fn of_this_process() -> io::Result<Self> {
        Ok(Self { allowed: allowed()?, quota: quota::of_this_process() })
    }

    /// How many workers can run at the same time, at least one. A fraction counts as a whole worker:
    /// two workers can use one and a half processors, one worker cannot.
    #[must_use]
    pub fn workers(&self) -> NonZeroUsize {
        let quota = self.quota.map_or(usize::MAX, |processors| processors.ceil() as usize);
        NonZeroUsize::new(self.allowed.len().min(quota)).unwrap_or(NonZeroUsize::MIN)
    }

    /// Gives each of `workers` a processor, in turn, or none.
    ///
    /// Pinning keeps a worker's caches warm. Under a quota it costs: a pinned worker whose processor
    /// is busy cannot use its share of the time on one that is free. With more workers than processors it binds two to one while
    /// another is idle.
    #[must_use]
    pub fn plan(&self, workers: NonZeroUsize, pinning: Pinning) -> Plan {
        let pinned = match pinning {
            Pinning::Always => true,
            Pinning::Never => false,
            Pinning::Auto => self.quota.is_none() && workers.get() <= self.allowed.len(),
        };
        let in_turn = |worker| Some(worker);
        let processor = |worker| if pinned { in_turn(worker) } else { None };
        let processors = (0..workers.get()).map(processor).collect();
        Plan { processors }
    }
}

/// The processors on which the calling thread may run.
///
/// # Errors
///
/// What `sched_getaffinity(2)` reports.
pub fn allowed() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|&processor| set.is_set(processor)).collect())
}

/// Keeps the calling thread on one processor. Threads that it starts later inherit this; those that
/// it has started before do not change.
///
/// # Errors
///
/// What `sched_setaffinity(2)` reports: `InvalidInput` for a processor that is not there, or not
/// allowed.
pub fn pin(processor: usize) -> io::Result<()> {
    if processor >= CpuSet::MAX_CPU {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut set = CpuSet::new();
    set.set(processor);
    Ok(sched_setaffinity(None, &set)?)
}
