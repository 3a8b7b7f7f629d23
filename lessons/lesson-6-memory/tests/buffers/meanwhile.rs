//! While memory is made for a buffer, somebody else looks at the pool: the allocator waits until they have.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use memory::buffers::Buffers;
use witness::allocations::CountingAllocator;

/// The allocator stops at blocks of this size, which no other test asks for.
const BYTES_EACH: usize = 54_321;

/// Longer than anybody needs to look; only who cannot look makes it wait so long.
const WAIT_MAX: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Before,
    MakesMemory,
    Looked,
    NobodyCouldLook,
}

static PHASE: Mutex<Phase> = Mutex::new(Phase::Before);
static CHANGED: Condvar = Condvar::new();

fn change(from: Phase, to: Phase) {
    let mut phase = PHASE.lock().unwrap_or_else(PoisonError::into_inner);
    if *phase == from {
        *phase = to;
        CHANGED.notify_all();
    }
}

fn wait_while(is: Phase) -> Phase {
    let phase = PHASE.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = CHANGED.wait_timeout_while(phase, WAIT_MAX, |phase| *phase == is);
    *waited.unwrap_or_else(PoisonError::into_inner).0
}

/// Counts, and waits in the middle of an allocation of [`BYTES_EACH`].
pub(super) struct PausingAllocator;

fn pause_at(bytes: usize) {
    if bytes == BYTES_EACH {
        change(Phase::Before, Phase::MakesMemory);
        wait_while(Phase::MakesMemory);
        change(Phase::MakesMemory, Phase::NobodyCouldLook);
    }
}

// SAFETY: every method hands its arguments to `CountingAllocator` unchanged. `pause_at` takes a lock and waits, which
// allocates nothing on Linux and does not unwind.
unsafe impl GlobalAlloc for PausingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        pause_at(layout.size());
        // SAFETY: the caller keeps `GlobalAlloc::alloc`'s contract.
        unsafe { CountingAllocator.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        pause_at(layout.size());
        // SAFETY: as for `alloc`.
        unsafe { CountingAllocator.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        pause_at(size);
        // SAFETY: `block` came from this allocator, with `layout`; the caller keeps the rest.
        unsafe { CountingAllocator.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from this allocator, with `layout`.
        unsafe { CountingAllocator.dealloc(block, layout) }
    }
}

#[test]
fn nobody_waits_while_memory_is_made() {
    let buffers = Buffers::new(BYTES_EACH, 2);
    let pool = buffers.clone();
    let looker = thread::spawn(move || {
        wait_while(Phase::Before);
        let out = pool.out();
        change(Phase::MakesMemory, Phase::Looked);
        out
    });
    let _buffer = buffers.take().expect("there is one");
    let phase = *PHASE.lock().unwrap_or_else(PoisonError::into_inner);
    assert_ne!(phase, Phase::Before, "a new buffer is one allocation of its size");
    assert_eq!(
        phase,
        Phase::Looked,
        "your `take` holds the lock while it allocates: everybody else waits for the allocator"
    );
    assert_eq!(looker.join().ok(), Some(1), "a buffer that is being made is out already");
}
