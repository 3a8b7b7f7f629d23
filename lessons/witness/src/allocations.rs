//! An allocator that counts for each thread.
//!
//! ```
//! use witness::allocations::{CountingAllocator, counted};
//!
//! #[global_allocator]
//! static ALLOCATOR: CountingAllocator = CountingAllocator;
//!
//! let (text, counts) = counted(|| String::from("on the heap"));
//! assert_eq!((counts.allocations, counts.bytes), (1, text.len()));
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What one thread asked of the allocator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often memory was asked for, growing included.
    pub allocations: usize,
    /// How much was asked for, in bytes.
    pub bytes: usize,
}

thread_local! {
    // `const` and without a destructor: reading it allocates nothing, at any time of a thread's life.
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, bytes: 0 }) };
}

/// What the calling thread asks for while `work` runs. Zero everywhere unless [`CountingAllocator`]
/// is the global allocator.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, Counts) {
    let before = COUNTS.get();
    let result = work();
    let after = COUNTS.get();
    let counts = Counts {
        allocations: after.allocations - before.allocations,
        bytes: after.bytes - before.bytes,
    };
    (result, counts)
}

/// The system's allocator, counted.
#[derive(Debug)]
pub struct CountingAllocator;

fn note(bytes: usize) {
    let counts = COUNTS.get();
    COUNTS.set(Counts {
        allocations: counts.allocations + 1,
        bytes: counts.bytes.wrapping_add(bytes),
    });
}

// SAFETY: every method hands its arguments to `System` unchanged, and `note` neither allocates nor
// unwinds.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller keeps `GlobalAlloc::alloc`'s contract, which is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: `block` came from `System` through this allocator, with `layout`; the caller
        // keeps the rest.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from `System` through this allocator, with `layout`.
        unsafe { System.dealloc(block, layout) }
    }
}
