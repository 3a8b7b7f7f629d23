//! Lesson 4, multiprocessing: the reference solutions.
//!
//! # Map
//!
//! - [`affinity`]: which processor each worker runs on.
//! - [`prefork`]: workers that inherit what the master opened.
//! - [`supervisor`]: who lives, who dies, and when to try again.
//! - [`shared`]: counters and histograms that every process sees.
//! - [`jobs`]: work that may crash, hang, or eat memory, in processes of its own.
//! - [`rung`]: a program that is a master and its workers, for the servers of the later lessons.
//! - [`naive`]: what the benchmarks compare with; [`mutants`]: what tests must reject.

pub mod affinity;

pub mod prefork;

pub mod supervisor;

pub mod shared;

pub mod jobs;

pub mod rung;

pub mod naive;

pub mod mutants;
