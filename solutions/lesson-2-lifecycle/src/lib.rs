//! Lesson 2, API lifecycle: the reference solutions.
//!
//! # Map
//!
//! - [`request`]: the head of a request, read where it lies.
//! - [`router`]: from a path to a handler, through a tree of its segments.
//! - [`response`]: an answer, and the bytes that it becomes.
//! - [`validate`]: every fault of an input at once.
//! - [`connection`]: requests in, answers out, in the same order.
//! - [`timeline`]: where the time of a request goes.
//! - [`naive`]: what the benchmarks compare with; [`mutants`]: what tests must reject.

pub mod request;

pub mod router;

pub mod response;

pub mod validate;

pub mod connection;

pub mod timeline;

pub mod naive;

pub mod mutants;
