//! Lesson 5, async I/O: the reference solutions.
//!
//! # Map
//!
//! - [`reactor`]: one thread asks the kernel about all of its sockets at once.
//! - [`executor`]: futures of one thread.
//! - [`timer`]: what is to happen later, in order, unless it is cancelled before.
//! - [`serve`]: an accept loop with limits and time-outs.
//! - [`drain`]: an end that loses nobody's answer.
//! - [`offload`]: work for another thread, given up when nobody waits for it.
//! - [`pool`]: things that are expensive to make, kept and lent.
//! - [`http_client`]: requests to others, over connections that are kept.
//! - [`naive`]: what the benchmarks compare with.
//! - [`mutants`]: what a test that a learner has written must accept, and what it must reject.

pub mod reactor;

pub mod executor;

pub mod timer;

pub mod serve;

pub mod drain;

pub mod offload;

pub mod pool;

pub mod http_client;

pub mod naive;

pub mod mutants;
