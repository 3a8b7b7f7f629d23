//! A word of loom's in the place of the processor's.

use api_server::trust::Latest;
use loom::sync::atomic::{AtomicU64, Ordering, Ordering::Relaxed};
use solution_4_processes::shared::Cell;

/// It can be what the shared structures are made of.
#[derive(Default)]
pub(crate) struct Word(AtomicU64);

impl Cell for Word {
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.0.store(value, order);
    }

    fn add(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_add(value, order)
    }

    fn fence(order: Ordering) {
        loom::sync::atomic::fence(order);
    }
}

impl Latest for Word {
    fn load(&self) -> u64 {
        self.0.load(Relaxed)
    }

    fn raise(&self, value: u64) {
        self.0.fetch_max(value, Relaxed);
    }
}
