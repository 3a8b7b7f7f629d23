//! Lesson 7, thread management: the reference solutions.
//!
//! # Map
//!
//! - [`snapshot`]: a value that readers never wait for.
//! - [`flight`]: one load for everybody who asks at the same time.
//! - [`limiter`]: a rate limit that all workers of a host have in common.
//! - [`breaker`]: a dependency that fails is left alone for a while.
//! - [`lock`]: a mutex that spins, then sleeps.
//! - [`ring`]: a queue between two threads, of which neither waits.
//! - [`sharded`]: a map with many locks.
//! - `sync`: the atomics and locks that these are made of; with the feature `loom`, loom's.
//! - [`naive`]: what the benchmarks compare with.
//! - [`mutants`]: what a test that a learner has written must accept, and what it must reject.

pub mod snapshot;

pub mod flight;

pub mod limiter;

pub mod breaker;

pub mod lock;

pub mod ring;

pub mod sharded;

mod sync;

pub mod naive;

pub mod mutants;
