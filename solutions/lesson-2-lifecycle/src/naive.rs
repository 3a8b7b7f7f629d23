//! What a competent beginner writes: the benchmarks compare with it.

pub mod request;

pub mod router;

pub mod timeline;
