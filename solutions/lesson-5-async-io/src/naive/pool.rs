//! A semaphore that counts, and a list behind a lock.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// What is kept, for any thread.
#[derive(Debug)]
pub struct Pool<R> {
    permits: Semaphore,
    idle: Mutex<Vec<R>>,
}

impl<R> Pool<R> {
    /// A pool for at most `max`, of which there are none.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { permits: Semaphore::new(max), idle: Mutex::default() }
    }

    /// Lends one: an idle one, or else what `create` makes.
    #[inline]
    pub async fn acquire(&self, create: impl AsyncFnOnce() -> R) -> Guard<'_, R> {
        let permit = self.permits.acquire().await.expect("it is never closed");
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let resource = match idle {
            Some(resource) => resource,
            None => create().await,
        };
        Guard { pool: self, resource: Some(resource), _permit: permit }
    }
}

/// A resource, until this is dropped.
#[derive(Debug)]
pub struct Guard<'a, R> {
    pool: &'a Pool<R>,
    resource: Option<R>,
    _permit: SemaphorePermit<'a>,
}

impl<R> Drop for Guard<'_, R> {
    #[inline]
    fn drop(&mut self) {
        let resource = self.resource.take();
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(resource);
    }
}

impl<R> Deref for Guard<'_, R> {
    type Target = R;

    #[inline]
    fn deref(&self) -> &R {
        self.resource.as_ref().expect("only `drop` takes it")
    }
}

impl<R> DerefMut for Guard<'_, R> {
    #[inline]
    fn deref_mut(&mut self) -> &mut R {
        self.resource.as_mut().expect("only `drop` takes it")
    }
}
