//! Lesson 2, API lifecycle: the map of what you write.
//!
//! # Map
//!
//! - `router`: from a path to a handler, through a tree of its segments.
//! - `response`: which representation the client asked for.
//! - `validate`: every fault of an input at once.
//! - `timeline`: where the time of a request goes.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(feature = "ref-request")]
pub use solution::request;

#[cfg(feature = "ref-router")]
pub use solution::router;

#[cfg(feature = "ref-response")]
pub use solution::response;

#[cfg(feature = "ref-validate")]
pub use solution::validate;

#[cfg(feature = "ref-connection")]
pub use solution::connection;

#[cfg(feature = "ref-timeline")]
pub use solution::timeline;
