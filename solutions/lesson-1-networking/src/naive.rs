//! What the benchmarks compare with: correct code as one writes it before thinking about its cost.

pub mod checksum;
pub mod frame;
