//! What the master and all workers see: shared memory.
//!
//! | state | owner | lives | after a crash of a worker |
//! | --- | --- | --- | --- |
//! | `lives` | each life its place; the master the totals | as long as the master | exact; the master folds the place into the totals |
//! | `signs` | each life its place | as long as the life | cleared for the next life |
//! | `master`, `started`, `failed`, `stopping`, `kept` | the master | as long as the master | exact |
//! | `adopters` | the master | as long as the master | names who accepts in the place of the dead |
//! | `jobs` | the keeper; `submitted` whoever submits one | as long as the master | the numbers of a moment ago |
//! | background jobs | the database | on disk | run again when the lease has run out |
//! | `certificates` | each worker | as long as the master | exact |
//! | `traces` | whoever records | until others take their place | the one that was being written is left out |
//! | `traces_lost` | whoever loses one | as long as the master | exact |
//! | `errors`, `panics` | whoever sees one | as long as the master | exact; a group that was being taken has no text |
//! | `coherence` | whoever writes a user | as long as the master | the master invalidates everything: a write may be committed and not announced |
//! | `trust` | whoever writes a user | as long as the master | the master doubts everything for a time to live |
//! | `limiter` | whoever is asked | as long as the master | exact: a request is counted or is not |
//! | a worker's cache, pools, connections | the worker | as long as the life | gone |
//! | access events | the spool of a life | on disk | accepted ones come to the queue by another worker |
//! | users in Redis | whoever reads or writes them | their time to live | the master doubts all of them |
//! | users | SQLite or PostgreSQL | on disk | what was acknowledged is there |
//!
//! Copies of users on *another* host are as old as `redis_ttl` and `cache_ttl` together, at most. Two masters are two
//! hosts, also on one machine: the workers of one that is dead write nothing any more.

use std::sync::atomic::AtomicU64;

use solution_4_processes::shared::{Counter, Gauge, Lives, Plain};
use solution_7_sync::limiter::Limiter;

pub mod errors;
pub mod jobs;
pub mod numbers;
pub mod shelf;
pub mod sign;

use errors::Errors;
use numbers::Numbers;
use shelf::Shelf;
use sign::Sign;

use crate::coherence::Coherence;
use crate::observe::trace;
use crate::trust::Trust;

/// The most workers.
pub const WORKERS_MAX: usize = 64;
/// A worker has at most two lives at a time, and so has the keeper of jobs.
pub const LIVES_MAX: usize = 2 * (WORKERS_MAX + 1);

/// How many recorded requests are kept: 84 KiB.
pub const TRACES: usize = 256;

/// How many errors are told apart, and how many words of text each has: 18 KiB in all.
pub const ERROR_GROUPS: usize = 64;
/// See [`ERROR_GROUPS`].
pub const ERROR_WORDS: usize = 30;

/// Slots for clients' limits: 2 MiB, of which those pages take memory that are touched. Of 10,000 clients that are limited
/// at the same time, 4 % share a slot with another.
pub const CLIENTS: usize = 1 << 18;

/// All of it.
#[derive(Debug)]
#[repr(C)]
pub struct Board {
    /// What has been counted.
    pub lives: Lives<Numbers, LIVES_MAX>,
    /// Who is alive.
    pub signs: [Sign; LIVES_MAX],
    /// For each listener: the place, plus one, of the life that accepts from it in place of its worker; or zero.
    pub adopters: [Gauge; WORKERS_MAX],
    /// The master's own.
    pub master: Sign,
    /// How many workers were started.
    pub started: Counter,
    /// How many died, or were killed because they hung.
    pub failed: Counter,
    /// The last requests that were recorded.
    pub traces: Shelf<TRACES, { trace::WORDS }>,
    /// How many of them could not be sent to a collector.
    pub traces_lost: Counter,
    /// What went wrong, in groups.
    pub errors: Errors<ERROR_GROUPS, ERROR_WORDS>,
    /// What is seen of background jobs.
    pub jobs: jobs::Jobs,
    /// How often a thread of a worker panicked.
    pub panics: Counter,
    /// How often a worker has taken a new certificate.
    pub certificates: Counter,
    /// One when the whole server stops, and not only a worker is replaced.
    pub stopping: Gauge,
    /// One when the listeners outlive the server: whoever started it has them open, too.
    pub kept: Gauge,
    /// Which cached users are still true.
    pub coherence: Coherence<AtomicU64>,
    /// For which users Redis is not asked.
    pub trust: Trust<AtomicU64>,
    /// Which Redis the workers have met last; zero for none.
    pub redis: Gauge,
    /// How often each client has asked.
    pub limiter: Limiter<CLIENTS>,
    /// By which clients' addresses are hashed: nobody outside can know whose share a slot.
    pub secret: [Gauge; 2],
}

impl Board {
    /// How many background jobs run on this machine.
    #[must_use]
    pub fn running_jobs(&self) -> u64 {
        self.signs.iter().map(|sign| sign.jobs.get()).sum()
    }
}

// SAFETY: `repr(C)`, and all of it is plain; the limiter is `repr(C)` and atomic integers, as its documentation promises.
unsafe impl Plain for Board {}
