//! Lesson 5, async I/O: the map of what you write.
//!
//! # Map
//!
//! - [`reactor`]: one thread asks the kernel about all of its sockets at once.
//! - [`executor`]: futures of one thread, polled when they are woken.
//! - [`timer`]: what is to happen later, unless it is cancelled before.
//! - [`serve`]: an accept loop with limits and time-outs.
//! - [`drain`]: an end that loses nobody's answer.
//! - [`offload`]: work for another thread, given up when nobody waits for it.
//! - [`pool`]: things that are expensive to make, kept and lent.
//! - [`http_client`]: requests to others, over connections that are kept.
//!
//! Each pair of lines below is a switch: without the feature the module is yours, with it the
//! reference's. The runner switches; you need not.

#[cfg(not(feature = "ref-reactor"))]
pub mod reactor;
#[cfg(feature = "ref-reactor")]
pub use solution::reactor;

#[cfg(not(feature = "ref-executor"))]
pub mod executor;
#[cfg(feature = "ref-executor")]
pub use solution::executor;

#[cfg(not(feature = "ref-timer"))]
pub mod timer;
#[cfg(feature = "ref-timer")]
pub use solution::timer;

#[cfg(not(feature = "ref-serve"))]
pub mod serve;
#[cfg(feature = "ref-serve")]
pub use solution::serve;

#[cfg(not(feature = "ref-drain"))]
pub mod drain;
#[cfg(feature = "ref-drain")]
pub use solution::drain;

#[cfg(not(feature = "ref-offload"))]
pub mod offload;
#[cfg(feature = "ref-offload")]
pub use solution::offload;

#[cfg(not(feature = "ref-pool"))]
pub mod pool;
#[cfg(feature = "ref-pool")]
pub use solution::pool;

#[cfg(not(feature = "ref-http_client"))]
pub mod http_client;
#[cfg(feature = "ref-http_client")]
pub use solution::http_client;
