//! The shared memory that this crate's components are made of.
//!
//! With the feature `loom` it is loom's, which tries every order of events that the memory model allows; else it is the
//! standard library's, with [`UnsafeCell`] in loom's shape, so that a component is written once.

mod futex;

#[cfg(feature = "loom")]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicI64, AtomicU32, AtomicU64, AtomicUsize, fence},
    },
};

#[cfg(not(feature = "loom"))]
pub(crate) use std::sync::{
    Arc, Condvar, Mutex, MutexGuard,
    atomic::{AtomicI64, AtomicU32, AtomicU64, AtomicUsize, fence},
};

pub(crate) use futex::Futex;

/// In cache lines of its own, two because processors fetch them in pairs: who writes to it does not take what lies beside
/// it out of the other processors' caches.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Apart<T>(pub(crate) T);

/// The standard library's cell, with access through closures: there loom sees where an access begins and ends.
#[cfg(not(feature = "loom"))]
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(feature = "loom"))]
impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    /// Hands `access` a pointer to read from.
    #[inline]
    pub(crate) fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
        access(self.0.get())
    }

    /// Hands `access` a pointer to write to.
    #[inline]
    pub(crate) fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        access(self.0.get())
    }
}
