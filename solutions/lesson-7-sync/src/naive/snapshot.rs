//! A value behind a lock, which readers hold only to copy a pointer.

use std::sync::{Arc, PoisonError, RwLock};

/// A value that many read and few replace.
#[derive(Debug)]
pub struct Snapshot<T> {
    value: RwLock<Arc<T>>,
}

impl<T> Snapshot<T> {
    /// Begins with `value`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { value: RwLock::new(Arc::new(value)) }
    }

    /// The value as it is now.
    #[inline]
    pub fn load(&self) -> Arc<T> {
        Arc::clone(&self.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `value` in the place of the one before.
    #[inline]
    pub fn replace(&self, value: T) {
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}
