//! Versions that are wrong in one way each: a test that is worth something tells them from a right one.

pub mod supervisor;
