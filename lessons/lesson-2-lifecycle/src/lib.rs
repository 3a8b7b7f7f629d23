//! Lesson 2, API lifecycle: the map of what you write.
//!
//! # Map
//!
//! - [`response`]: an answer, and the bytes that it becomes.
//! - [`request`]: the head of a request, read where it lies.
//! - [`router`]: from a path to a handler, through a tree of its segments.
//! - [`validate`]: every fault of an input at once.
//! - [`connection`]: requests in, answers out, in the same order.
//! - [`timeline`]: where the time of a request goes.
//!
//! Each pair of lines below is a switch: without the feature the module is yours, with it the
//! reference's. The runner switches; you need not.

#[cfg(not(feature = "ref-response"))]
pub mod response;
#[cfg(feature = "ref-response")]
pub use solution::response;

#[cfg(not(feature = "ref-request"))]
pub mod request;
#[cfg(feature = "ref-request")]
pub use solution::request;

#[cfg(not(feature = "ref-router"))]
pub mod router;
#[cfg(feature = "ref-router")]
pub use solution::router;

#[cfg(not(feature = "ref-validate"))]
pub mod validate;
#[cfg(feature = "ref-validate")]
pub use solution::validate;

#[cfg(not(feature = "ref-connection"))]
pub mod connection;
#[cfg(feature = "ref-connection")]
pub use solution::connection;

#[cfg(not(feature = "ref-timeline"))]
pub mod timeline;
#[cfg(feature = "ref-timeline")]
pub use solution::timeline;
