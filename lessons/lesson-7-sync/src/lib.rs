//! Lesson 7, thread management: the map of what you write.
//!
//! # Map
//!
//! - `snapshot`: a value that readers never wait for.
//! - `flight`: one load for everybody who asks at the same time.
//! - `limiter`: a rate limit that all workers of a host have in common.
//! - `breaker`: a dependency that fails is left alone for a while.
//! - `lock`: a mutex that spins, then sleeps.
//! - `ring`: a queue between two threads, of which neither waits.
//! - `sharded`: a map with many locks.
//!
//! Each line below is a switch: the runner turns on a feature to put the reference in the place of your file.

#[cfg(feature = "ref-snapshot")]
pub use solution::snapshot;

#[cfg(feature = "ref-flight")]
pub use solution::flight;

#[cfg(feature = "ref-limiter")]
pub use solution::limiter;

#[cfg(feature = "ref-breaker")]
pub use solution::breaker;

#[cfg(feature = "ref-lock")]
pub use solution::lock;

#[cfg(feature = "ref-ring")]
pub use solution::ring;

#[cfg(feature = "ref-sharded")]
pub use solution::sharded;
