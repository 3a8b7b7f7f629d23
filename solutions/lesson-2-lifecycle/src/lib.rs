//! Lesson 2, API lifecycle: the reference solutions.
//!
//! # Map
//!
//! - [`router`]: from a path to a handler, through a tree of its segments.
//! - [`response`]: which representation the client asked for.
//! - [`validate`]: every fault of an input at once.
//! - [`timeline`]: where the time of a request goes.
//! - [`naive`]: what the benchmarks compare with.

pub mod router;

pub mod response;

pub mod validate;

pub mod timeline;

pub mod naive;
