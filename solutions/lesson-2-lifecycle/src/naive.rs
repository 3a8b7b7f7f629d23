//! What a competent beginner writes: the benchmarks compare with it.

pub mod router;

pub mod timeline;
