//! Lesson 6, memory management: the map of what you write.
//!
//! # Map
//!
//! - `files`: files that go out without being copied.
//! - `cache`: a cache with two bounds and an expiry.
//! - `buffers`: memory that is used again.
//! - `budget`: memory is taken out of a budget, or not at all.
//! - `vectored`: many answers, one system call.
//! - `views`: what a log says, without a copy of it.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(feature = "ref-files")]
pub use solution::files;

#[cfg(feature = "ref-cache")]
pub use solution::cache;

#[cfg(feature = "ref-buffers")]
pub use solution::buffers;

#[cfg(feature = "ref-budget")]
pub use solution::budget;

#[cfg(feature = "ref-vectored")]
pub use solution::vectored;

#[cfg(feature = "ref-views")]
pub use solution::views;
