//! Lesson 4, multiprocessing: the map of what you write.
//!
//! # Map
//!
//! - `affinity`: which processor each worker runs on.
//! - `prefork`: workers that inherit what the master opened.
//! - `supervisor`: who lives, who dies, and when to try again.
//! - `shared`: counters and histograms that every process sees.
//! - `jobs`: work that may crash, hang, or eat memory, in processes of its own.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(feature = "ref-affinity")]
pub use solution::affinity;

#[cfg(feature = "ref-prefork")]
pub use solution::prefork;

#[cfg(feature = "ref-supervisor")]
pub use solution::supervisor;

#[cfg(feature = "ref-shared")]
pub use solution::shared;

#[cfg(feature = "ref-jobs")]
pub use solution::jobs;
