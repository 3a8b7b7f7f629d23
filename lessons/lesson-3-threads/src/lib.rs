//! Lesson 3, multithreading: the map of what you write.
//!
//! # Map
//!
//! - `pool`: a bounded pool of threads that survives its jobs.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(feature = "ref-pool")]
pub use solution::pool;
