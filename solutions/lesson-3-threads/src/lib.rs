//! Lesson 3, multithreading: the reference solutions.
//!
//! # Map
//!
//! - [`pool`]: a bounded pool of threads that survives its jobs.
//! - [`naive`]: what the benchmarks compare with.

pub mod pool;

pub mod naive;
