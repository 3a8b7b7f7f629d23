//! The final project: the server that you complete.
//!
//! The runner turns on a feature to put the reference in the place of your files.

#[cfg(feature = "solution")]
pub use solution::*;
