//! What the benchmarks compare with.

pub mod cache;
