//! Lesson 3, multithreading: the reference solutions.
//!
//! # Map
//!
//! - [`deadlock`]: a bank whose transfers never wait for each other in a circle.
//! - [`pool`]: a bounded pool of threads that survives its jobs.
//! - [`server`]: a thread for each connection, as long as there are some.
//! - [`parallel`]: one computation on all processors.
//! - [`pipeline`]: work in stages, in order, with a bound.
//! - [`contention`]: counters that many threads count up at once.
//! - [`naive`]: what the benchmarks compare with.

pub mod deadlock;

pub mod pool;

pub mod server;

pub mod parallel;

pub mod pipeline;

pub mod contention;

pub mod naive;
