//! What a competent beginner writes first: the benchmarks compare with these.

pub mod executor;
pub mod pool;
