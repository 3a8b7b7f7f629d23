//! Lesson 6, memory management: the reference solutions.
//!
//! # Map
//!
//! - [`files`]: files that go out without being copied.
//! - [`cache`]: a cache with two bounds and an expiry.
//! - [`buffers`]: memory that is used again.
//! - [`budget`]: memory is taken out of a budget, or not at all.
//! - `sync`: the lock that these two are made of; with the feature `loom`, loom's.
//! - [`naive`]: what the benchmarks compare with.

pub mod files;

pub mod cache;

pub mod buffers;

pub mod budget;

mod sync;

pub mod naive;
