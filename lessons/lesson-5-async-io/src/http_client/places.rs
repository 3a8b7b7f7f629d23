//! One for each connection that is open or coming about, over all authorities.

use std::cell::Cell;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many there may be. Who waits for one is served in the order of arrival.
pub(super) struct Places {
    free: Arc<Semaphore>,
    max: usize,
    waiting: Cell<usize>,
}

/// Given back when this is dropped, with the connection's driver: then the socket is closed.
pub(super) struct Place(
    #[expect(dead_code, reason = "it is there to be dropped")] OwnedSemaphorePermit,
);

impl Places {
    pub(super) fn new(max: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            max,
            waiting: Cell::new(0),
        }
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        self.max - self.free.available_permits()
    }

    /// Whether somebody waits for one. Whoever has finished with a connection closes it then, even if the next request
    /// could use it: otherwise an authority that is always busy would starve all others.
    pub(super) fn are_awaited(&self) -> bool {
        self.waiting.get() > 0
    }

    /// Waits for a place. When there is none, `evict` is asked to close a connection that is idle; what becomes idle later
    /// is closed by whoever sees that a place is awaited.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes nothing.
    pub(super) async fn take(&self, evict: impl FnOnce()) -> Place {
        let free = Arc::clone(&self.free);
        if let Ok(place) = Arc::clone(&free).try_acquire_owned() {
            return Place(place);
        }
        let _waits = Waits::new(&self.waiting);
        evict();
        Place(free.acquire_owned().await.expect("it is never closed"))
    }
}

/// Counts one who waits.
struct Waits<'a>(&'a Cell<usize>);

impl<'a> Waits<'a> {
    fn new(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
