//! Lesson 7, thread management: the reference solutions.
//!
//! # Map
//!
//! - [`snapshot`]: a value that readers never wait for.
//! - [`flight`]: one load for everybody who asks at the same time.

pub mod snapshot;

pub mod flight;
