//! The lock that this crate's components are made of.
//!
//! With the feature `loom` it is loom's, which tries every order of events; else it is the standard library's.

#[cfg(feature = "loom")]
pub(crate) use loom::sync::{Mutex, MutexGuard};

#[cfg(not(feature = "loom"))]
pub(crate) use std::sync::{Mutex, MutexGuard};
