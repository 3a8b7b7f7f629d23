//! Lesson 6, memory management: the reference solutions.
//!
//! # Map
//!
//! - [`files`]: files that go out without being copied.
//! - [`cache`]: a cache with two bounds and an expiry.
//! - [`naive`]: what the benchmarks compare with.

pub mod files;

pub mod cache;

pub mod naive;
