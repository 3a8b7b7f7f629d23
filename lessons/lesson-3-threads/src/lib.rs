//! Lesson 3, multithreading: the map of what you write.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(feature = "ref-deadlock")]
pub use solution::deadlock;

#[cfg(feature = "ref-pool")]
pub use solution::pool;

#[cfg(feature = "ref-server")]
pub use solution::server;

#[cfg(feature = "ref-parallel")]
pub use solution::parallel;

#[cfg(feature = "ref-pipeline")]
pub use solution::pipeline;

#[cfg(feature = "ref-contention")]
pub use solution::contention;
