//! What a flood has taken goes back to the system.
//!
//! glibc keeps what is freed, unless it lies at the end of the heap, and a single connection that stays keeps all that lies
//! below it. So when many connections or buffers have gone, it is asked to give back every page that is free
//! (malloc_trim(3)). That takes some milliseconds, so another thread does it.

use std::cell::Cell;

use solution_3_threads::pool::Pool;

/// So many connections less are worth it.
const MANY: usize = 500;

/// What the worker had.
#[derive(Debug, Default)]
pub(super) struct Heap {
    /// The most connections since memory was given back.
    peak: Cell<usize>,
}

impl Heap {
    /// Looks at what there is, now and then. `buffers` have been freed, or none.
    pub(super) fn look(&self, connections: usize, buffers: bool, thread: &Pool) {
        let peak = self.peak.get().max(connections);
        self.peak.set(peak);
        let gone = connections < peak / 2 && peak - connections > MANY;
        if (gone || buffers) && thread.try_submit(Box::new(give_back)).is_ok() {
            self.peak.set(connections);
        }
    }
}

#[cfg(target_env = "gnu")]
fn give_back() {
    // SAFETY: it takes the allocator's own locks, and touches nothing that is in use.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn give_back() {}
