//! What a competent beginner writes first: the benchmarks compare with these.

pub mod breaker;
pub mod limiter;
pub mod lock;
pub mod ring;
pub mod snapshot;
