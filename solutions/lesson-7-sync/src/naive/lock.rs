//! A mutex that goes to the kernel whenever it is unlocked, because it does not know whether anybody sleeps.

use std::cell::UnsafeCell;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Release};

use rustix::thread::futex;

const FREE: u32 = 0;
const HELD: u32 = 1;

/// A value that one thread at a time has.
#[derive(Debug)]
pub struct Lock<T> {
    state: AtomicU32,
    value: UnsafeCell<T>,
}

// SAFETY: `with` lends the value to one thread at a time.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A lock that is free.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { state: AtomicU32::new(FREE), value: UnsafeCell::new(value) }
    }

    /// Lends the value to `work` alone. `work` must not panic: the lock would never be free again.
    #[inline]
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        while self.state.swap(HELD, Acquire) == HELD {
            // An error means that it is free meanwhile, or that a signal came: both are looked at.
            let _ = futex::wait(&self.state, futex::Flags::PRIVATE, HELD, None);
        }
        // SAFETY: Who has swapped `HELD` in for `FREE` has the value until it stores `FREE`.
        let result = work(unsafe { &mut *self.value.get() });
        self.state.store(FREE, Release);
        let _ = futex::wake(&self.state, futex::Flags::PRIVATE, 1);
        result
    }
}
