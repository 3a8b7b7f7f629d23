//! Lesson 6, memory management: the reference solutions.
//!
//! # Map
//!
//! - [`files`]: files that go out without being copied.
//! - [`cache`]: a cache with two bounds and an expiry.
//! - [`buffers`]: memory that is used again.
//! - [`budget`]: memory is taken out of a budget, or not at all.
//! - [`vectored`]: many answers, one system call.
//! - [`views`]: what a log says, without a copy of it.
//! - `sync`: the lock that these two are made of; with the feature `loom`, loom's.
//! - [`naive`]: what the benchmarks compare with.
//! - [`mutants`]: what a test that a learner has written must accept, and what it must reject.

pub mod files;

pub mod cache;

pub mod buffers;

pub mod budget;

pub mod vectored;

pub mod views;

mod sync;

pub mod naive;

pub mod mutants;
