//! What a competent beginner writes: the benchmarks compare with it.

pub mod counters;

pub mod pool;
