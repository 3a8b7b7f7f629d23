//! Lesson 6, memory management: the map of what you write.
//!
//! # Map
//!
//! - [`buffers`]: memory that is used again.
//! - [`vectored`]: many answers, one system call.
//! - [`files`]: files that go out without being copied.
//! - [`views`]: what a log says, without a copy of it.
//! - [`cache`]: a cache with three bounds.
//! - [`budget`]: memory is taken out of a budget, or not at all.
//!
//! Each pair of lines below is a switch: without the feature the module is yours, with it the
//! reference's. The runner switches; you need not.

#[cfg(not(feature = "ref-buffers"))]
pub mod buffers;
#[cfg(feature = "ref-buffers")]
pub use solution::buffers;

#[cfg(not(feature = "ref-vectored"))]
pub mod vectored;
#[cfg(feature = "ref-vectored")]
pub use solution::vectored;

#[cfg(not(feature = "ref-files"))]
pub mod files;
#[cfg(feature = "ref-files")]
pub use solution::files;

#[cfg(not(feature = "ref-views"))]
pub mod views;
#[cfg(feature = "ref-views")]
pub use solution::views;

#[cfg(not(feature = "ref-cache"))]
pub mod cache;
#[cfg(feature = "ref-cache")]
pub use solution::cache;

#[cfg(not(feature = "ref-budget"))]
pub mod budget;
#[cfg(feature = "ref-budget")]
pub use solution::budget;

/// What `buffers` and `budget` lock with.
#[cfg(not(all(feature = "ref-buffers", feature = "ref-budget")))]
mod sync;
