//! What the benchmarks compare with.

pub mod files;

pub mod cache;

pub mod budget;

pub mod buffers;

pub mod vectored;

pub mod views;
