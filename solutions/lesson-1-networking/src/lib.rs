//! Lesson 1, networking basics: the reference solutions.
//!
//! # Map
//!
//! - [`echo`]: every byte back to its sender.
//! - [`packet`]: views of the headers on the wire, and their checksum.
//! - [`frame`]: messages cut out of a stream.
//! - [`latency`]: a round trip, and exact percentiles of many.
//! - [`listener`]: a listening socket with every option set.
//! - [`naive`]: what the benchmarks compare with.

pub mod echo;
pub mod packet;

pub mod frame;

pub mod latency;

pub mod listener;

pub mod naive;
