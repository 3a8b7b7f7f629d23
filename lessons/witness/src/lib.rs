//! What tests use to see *how* code works, without a clock.
//!
//! # Map
//!
//! - [`script`]: a stream that does what a test tells it, and remembers what was done to it.
//! - [`allocations`]: an allocator that counts for each thread.
//! - [`tcp`]: connected sockets, and what the kernel knows about them.
//! - [`counters`]: what the kernel counts; [`thread`]: what a thread does, seen from outside of it.
//! - [`machine`]: what a test needs of the machine, and how it says that it is not there.
//! - [`trial`]: tests that learners write, tried on what is right and on what is wrong.
//! - [`rendezvous`]: parties that go on only when all are there.
//! - [`race`]: the time of two threads at once.
//! - [`process`]: a test in a process of its own.
//! - [`zipf`]: keys as a server sees them.
//! - [`lab`]: how a lab reports what it measured; [`trace`]: how a program reports what happened.

pub mod script;

pub mod allocations;

pub mod tcp;

pub mod counters;

pub mod thread;

pub mod machine;

pub mod trial;

pub mod rendezvous;

pub mod race;

pub mod process;

pub mod zipf;

pub mod lab;

pub mod trace;
