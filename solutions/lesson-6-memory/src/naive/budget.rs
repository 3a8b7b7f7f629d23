//! A semaphore as books on threads have it: a number under a lock, and a condition that everybody is told of.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// How much there may be in all.
#[derive(Debug, Clone)]
pub struct Budget {
    limit: usize,
    used: Arc<(Mutex<usize>, Condvar)>,
}

impl Budget {
    /// A budget of `limit`.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, used: Arc::default() }
    }

    /// Takes `weight`. The thread sleeps until it fits.
    #[inline]
    pub fn admit(&self, weight: usize) -> Admission {
        let (used, given_back) = &*self.used;
        let used = used.lock().unwrap_or_else(PoisonError::into_inner);
        let mut used = given_back
            .wait_while(used, |used| *used + weight > self.limit)
            .unwrap_or_else(PoisonError::into_inner);
        *used += weight;
        Admission { budget: self.clone(), weight }
    }
}

/// Weight that was taken.
#[derive(Debug)]
pub struct Admission {
    budget: Budget,
    weight: usize,
}

impl Admission {
    /// How much it is.
    #[inline]
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }
}

impl Drop for Admission {
    #[inline]
    fn drop(&mut self) {
        let (used, given_back) = &*self.budget.used;
        *used.lock().unwrap_or_else(PoisonError::into_inner) -= self.weight;
        given_back.notify_all();
    }
}
