//! Lesson 3, multithreading: the map of what you write.
//!
//! # Map
//!
//! - [`deadlock`]: a bank whose transfers never wait for each other in a circle.
//! - [`pool`]: a bounded pool of threads that survives its jobs.
//! - [`server`]: a thread for each connection, as long as there are some.
//! - [`contention`]: counters that many threads count up at once.
//! - [`parallel`]: one computation on all processors.
//! - [`pipeline`]: work in stages, in order, with a bound.
//!
//! Each pair of lines below is a switch: without the feature the module is yours, with it the
//! reference's. The runner switches; you need not.

#[cfg(not(feature = "ref-deadlock"))]
pub mod deadlock;
#[cfg(feature = "ref-deadlock")]
pub use solution::deadlock;

#[cfg(not(feature = "ref-pool"))]
pub mod pool;
#[cfg(feature = "ref-pool")]
pub use solution::pool;

#[cfg(not(feature = "ref-server"))]
pub mod server;
#[cfg(feature = "ref-server")]
pub use solution::server;

#[cfg(not(feature = "ref-contention"))]
pub mod contention;
#[cfg(feature = "ref-contention")]
pub use solution::contention;

#[cfg(not(feature = "ref-parallel"))]
pub mod parallel;
#[cfg(feature = "ref-parallel")]
pub use solution::parallel;

#[cfg(not(feature = "ref-pipeline"))]
pub mod pipeline;
#[cfg(feature = "ref-pipeline")]
pub use solution::pipeline;
