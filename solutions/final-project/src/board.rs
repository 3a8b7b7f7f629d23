//! What the master and all workers see: shared memory.
//!
//! | state | owner | lives | after a crash of a worker |
//! | --- | --- | --- | --- |
//! | `lives` | each life its place; the master the totals | as long as the master | exact; the master folds the place into the totals |
//! | `signs` | each life its place | as long as the life | cleared for the next life |
//! | `adopters` | the master | as long as the master | names who accepts in the place of the dead |
//! | `certificates` | each worker | as long as the master | exact |
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
use std::time::Duration;

use solution_4_processes::shared::{Counter, Gauge, Histogram, Lives, Plain, Tally};
use solution_7_sync::limiter::Limiter;

use crate::coherence::Coherence;
use crate::trust::Trust;

/// The most workers.
pub const WORKERS_MAX: usize = 64;
/// A worker has at most two lives at a time.
pub const LIVES_MAX: usize = 2 * WORKERS_MAX;

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
    /// How often a worker has taken a new certificate.
    pub certificates: Counter,
    /// One when the whole server stops, and not only a worker is replaced.
    pub stopping: Gauge,
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

// SAFETY: `repr(C)`, and all of it is plain; the limiter is `repr(C)` and atomic integers, as its documentation promises.
unsafe impl Plain for Board {}

/// A life's signs of life, in a cache line of their own.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Sign {
    /// It grows while the event loop turns.
    pub beat: Counter,
    /// Open connections.
    pub connections: Gauge,
    /// Connections with a request that is not answered yet.
    pub busy: Gauge,
}

// SAFETY: `repr(C)`, and all of it is plain.
unsafe impl Plain for Sign {}

/// What a worker counts.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Numbers {
    /// Answers by the first digit of their status, from 1.
    pub answers: [Counter; 5],
    /// Users that were read from the cache, and that were not.
    pub cache_hits: Counter,
    /// See `cache_hits`.
    pub cache_misses: Counter,
    /// Requests that were refused because a queue was full.
    pub shed: Counter,
    /// Requests that were refused because their client had asked too often.
    pub limited: Counter,
    /// Access events that are on disk, and so will come to the queue.
    pub events_accepted: Counter,
    /// Those for which the disk had no room.
    pub events_refused: Counter,
    /// Those that the queue has taken, dead workers' included.
    pub events_published: Counter,
    /// From the end of a request's head to its answer.
    pub latency: Histogram,
}

// SAFETY: `repr(C)`, and all of it is plain.
unsafe impl Plain for Numbers {}

impl Numbers {
    /// Counts one answer.
    pub fn answered(&self, status: u16, latency: Option<Duration>) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.answers[class].add(1);
        if let Some(latency) = latency {
            self.latency.record(latency);
        }
    }

    fn counters(&self) -> impl Iterator<Item = &Counter> {
        self.answers.iter().chain([
            &self.cache_hits,
            &self.cache_misses,
            &self.shed,
            &self.limited,
            &self.events_accepted,
            &self.events_refused,
            &self.events_published,
        ])
    }
}

impl Tally for Numbers {
    fn add(&self, other: &Self) {
        for (mine, others) in self.counters().zip(other.counters()) {
            mine.add(others.get());
        }
        self.latency.add(&other.latency);
    }

    fn clear(&self) {
        self.counters().for_each(Counter::clear);
        self.latency.clear();
    }
}
