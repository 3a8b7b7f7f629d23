//! Lesson 5, async I/O: the reference solutions.
//!
//! # Map
//!
//! - [`serve`]: an accept loop with limits and time-outs.
//! - [`drain`]: an end that loses nobody's answer.
//! - [`offload`]: work for another thread, given up when nobody waits for it.
//! - [`pool`]: things that are expensive to make, kept and lent.
//! - [`http_client`]: requests to others, over connections that are kept.
//! - [`naive`]: what the benchmarks compare with.

pub mod serve;

pub mod drain;

pub mod offload;

pub mod pool;

pub mod http_client;

pub mod naive;
