//! Lesson 5, async I/O: the map of what you write.
//!
//! # Map
//!
//! - `serve`: an accept loop with limits and time-outs.
//! - `drain`: an end that loses nobody's answer.
//! - `offload`: work for another thread, given up when nobody waits for it.
//! - `pool`: things that are expensive to make, kept and lent.
//! - `http_client`: requests to others, over connections that are kept.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(feature = "ref-timer")]
pub use solution::timer;

#[cfg(feature = "ref-reactor")]
pub use solution::reactor;

#[cfg(feature = "ref-executor")]
pub use solution::executor;

#[cfg(feature = "ref-serve")]
pub use solution::serve;

#[cfg(feature = "ref-drain")]
pub use solution::drain;

#[cfg(feature = "ref-offload")]
pub use solution::offload;

#[cfg(feature = "ref-pool")]
pub use solution::pool;

#[cfg(feature = "ref-http_client")]
pub use solution::http_client;
