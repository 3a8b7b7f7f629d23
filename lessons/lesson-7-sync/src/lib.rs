//! Lesson 7, thread management: the map of what you write.
//!
//! # Map
//!
//! - [`lock`]: a mutex that spins, then sleeps.
//! - [`ring`]: a queue for two threads, without a lock.
//! - [`sharded`]: a map that is locked in parts.
//! - [`snapshot`]: a value that is read without waiting.
//! - [`limiter`]: one limit for all processes.
//! - [`breaker`]: whoever fails is left alone.
//! - [`flight`]: one load for everybody who asks.
//!
//! Each pair of lines below is a switch: without the feature the module is yours, with it the
//! reference's. The runner switches; you need not.

#[cfg(not(feature = "ref-lock"))]
pub mod lock;
#[cfg(feature = "ref-lock")]
pub use solution::lock;

#[cfg(not(feature = "ref-ring"))]
pub mod ring;
#[cfg(feature = "ref-ring")]
pub use solution::ring;

#[cfg(not(feature = "ref-sharded"))]
pub mod sharded;
#[cfg(feature = "ref-sharded")]
pub use solution::sharded;

#[cfg(not(feature = "ref-snapshot"))]
pub mod snapshot;
#[cfg(feature = "ref-snapshot")]
pub use solution::snapshot;

#[cfg(not(feature = "ref-limiter"))]
pub mod limiter;
#[cfg(feature = "ref-limiter")]
pub use solution::limiter;

#[cfg(not(feature = "ref-breaker"))]
pub mod breaker;
#[cfg(feature = "ref-breaker")]
pub use solution::breaker;

#[cfg(not(feature = "ref-flight"))]
pub mod flight;
#[cfg(feature = "ref-flight")]
pub use solution::flight;

/// What all of them are made of: the standard library's atomics and locks, or the model checker's.
#[allow(dead_code, unused_imports)] // what is used depends on which modules are yours
mod sync;
