//! A queue behind a lock, for one thread that puts in and one that takes out.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A queue with room for so many items.
#[derive(Debug)]
pub struct Ring<T> {
    items: Mutex<VecDeque<T>>,
    capacity: usize,
}

impl<T> Ring<T> {
    /// An empty queue.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { items: Mutex::new(VecDeque::with_capacity(capacity)), capacity }
    }

    /// Puts `item` in, or gives it back when there is no room.
    #[inline]
    pub fn push(&self, item: T) -> Result<(), T> {
        let mut items = self.lock();
        if items.len() == self.capacity {
            return Err(item);
        }
        items.push_back(item);
        Ok(())
    }

    /// Takes out what has been there longest.
    #[inline]
    pub fn pop(&self) -> Option<T> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
