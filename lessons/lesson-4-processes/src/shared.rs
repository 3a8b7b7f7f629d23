#![allow(unused)] // delete when done
//! Counters and histograms that every process sees.
//!
//! A region of memory that the master makes and each worker maps. Nobody locks it, since a process
//! that is killed with a lock in its hand never gives it back. Instead each number is one machine
//! word that changes in one atomic step, so that a kill at any instruction leaves every word as it
//! was before or after, and none in between.
//!
//! - [`Region`]: the memory itself, a sealed `memfd` that workers inherit.
//! - [`Cell`]: one word of it; [`Counter`] and [`Gauge`] give it a meaning.
//! - [`Histogram`]: latencies, at most 3.2 % off.
//! - [`Lives`]: a place for each life of a worker, and totals that outlive it.

mod cell;
mod histogram;
mod lives;
mod region;

pub use cell::{Cell, Counter, Gauge};
pub use histogram::Histogram;
pub use lives::{Lives, Place, Tally};
pub use region::{Plain, Region};
