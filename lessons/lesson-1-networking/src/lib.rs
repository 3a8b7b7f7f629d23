//! Lesson 1, networking basics: the files that you write.
//!
//! # Map
//!
//! - [`echo`]: every byte back to its sender.
//! - [`packet`]: views of the headers on the wire, and their checksum.
//! - [`frame`]: messages cut out of a stream.
//! - [`latency`]: a round trip, and exact percentiles of many.
//! - [`listener`]: a listening socket with every option set.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(not(feature = "ref-echo"))]
pub mod echo;
#[cfg(feature = "ref-echo")]
pub use solution::echo;

#[cfg(not(feature = "ref-packet"))]
pub mod packet;
#[cfg(feature = "ref-packet")]
pub use solution::packet;

#[cfg(not(feature = "ref-frame"))]
pub mod frame;
#[cfg(feature = "ref-frame")]
pub use solution::frame;

#[cfg(not(feature = "ref-latency"))]
pub mod latency;
#[cfg(feature = "ref-latency")]
pub use solution::latency;

#[cfg(not(feature = "ref-listener"))]
pub mod listener;
#[cfg(feature = "ref-listener")]
pub use solution::listener;
