//! Lesson 4, multiprocessing: the map of what you write.
//!
//! # Map
//!
//! - [`affinity`]: which processor each worker runs on.
//! - [`prefork`]: workers that inherit what the master opened.
//! - [`supervisor`]: who lives, who dies, and when to try again.
//! - [`shared`]: counters and histograms that every process sees.
//! - [`jobs`]: work that may crash, hang, or eat memory, in processes of its own.
//!
//! Each pair of lines below is a switch: without the feature the module is yours, with it the
//! reference's. The runner switches; you need not.

#[cfg(not(feature = "ref-affinity"))]
pub mod affinity;
#[cfg(feature = "ref-affinity")]
pub use solution::affinity;

#[cfg(not(feature = "ref-prefork"))]
pub mod prefork;
#[cfg(feature = "ref-prefork")]
pub use solution::prefork;

#[cfg(not(feature = "ref-supervisor"))]
pub mod supervisor;
#[cfg(feature = "ref-supervisor")]
pub use solution::supervisor;

#[cfg(not(feature = "ref-shared"))]
pub mod shared;
#[cfg(feature = "ref-shared")]
pub use solution::shared;

#[cfg(not(feature = "ref-jobs"))]
pub mod jobs;
#[cfg(feature = "ref-jobs")]
pub use solution::jobs;
