//! A ring: one thread puts in, one takes out, and neither ever waits for the other.
//!
//! # State
//!
//! ```text
//!              head                    tail
//!                ▼                       ▼
//!   │ vacant │ item │ item │ item │ item │ vacant │ vacant │ vacant │
//!              taken by the consumer       written by the producer
//! ```
//!
//! `head` counts what was ever taken, `tail` what was ever put in. They only go up, and wrap around after 2^64. So
//! `tail - head` items are in the ring, and the place of item number `n` is `n` modulo the number of places, which is a
//! power of two. Each end writes its own number and only reads the other's.
//!
//! # Who may touch a place
//!
//! - The producer, while `tail - head` is less than the capacity: the place of item number `tail`.
//! - The consumer, while `head` is not `tail`: the place of item number `head`.
//!
//! Each changes its own number only after it is done with the place, and that is what gives the place to the other.
//!
//! # Memory ordering
//!
//! | | pairs with | so that |
//! | --- | --- | --- |
//! | the producer's store of `tail`, Release | the consumer's load, Acquire | an item is written before it is read |
//! | the consumer's store of `head`, Release | the producer's load, Acquire | an item is read before its place is written again |
//!
//! Each end loads its own number Relaxed: nobody else writes it.
//!
//! # What the other end has done, as far as is known
//!
//! To load the other's number takes its cache line away from the processor that writes it. So each end keeps what it saw
//! last. The other's number only goes up: what was known to be there is still there, and an end looks again only when
//! that is used up.

use std::fmt;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::{Apart, Arc, AtomicUsize, UnsafeCell, fence};

struct Shared<T> {
    /// How many items were ever taken.
    head: Apart<AtomicUsize>,
    /// How many items were ever put in.
    tail: Apart<AtomicUsize>,
    places: Box<[UnsafeCell<MaybeUninit<T>>]>,
}

// SAFETY: A place is touched by one end at a time (see the module's documentation), so items go from thread to thread
// (`T: Send`) and are never with two.
unsafe impl<T: Send> Sync for Shared<T> {}

/// The end that puts in. It writes to itself with each item, and so it is apart from the other end, wherever the two lie.
#[repr(align(128))]
pub struct Producer<T> {
    shared: Arc<Shared<T>>,
    tail: usize,
    /// `head`, when it was looked at last.
    head_seen: usize,
}

/// The end that takes out, apart as well.
#[repr(align(128))]
pub struct Consumer<T> {
    shared: Arc<Shared<T>>,
    head: usize,
    /// `tail`, when it was looked at last.
    tail_seen: usize,
}

/// A ring with room for `capacity` items, and its two ends. An end may go to another thread.
///
/// # Panics
///
/// The capacity is no power of two.
#[must_use]
pub fn ring<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
    assert!(capacity.is_power_of_two(), "the capacity is {capacity}, which is no power of two");
    let places = (0..capacity).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
    let (head, tail) = (Apart(AtomicUsize::new(0)), Apart(AtomicUsize::new(0)));
    let shared = Arc::new(Shared { head, tail, places });
    let producer = Producer { shared: Arc::clone(&shared), tail: 0, head_seen: 0 };
    (producer, Consumer { shared, head: 0, tail_seen: 0 })
}

/// Whether one end has gone.
fn is_one_sided<T>(shared: &Arc<Shared<T>>) -> bool {
    let is_alone = Arc::strong_count(shared) == 1;
    // The count is read Relaxed. Acquire pairs with the Release of an `Arc` that goes: what its end has done is seen.
    fence(Acquire);
    is_alone
}

impl<T> Shared<T> {
    #[inline]
    fn place(&self, number: usize) -> &UnsafeCell<MaybeUninit<T>> {
        &self.places[number & (self.places.len() - 1)]
    }

    /// Takes item `number` out of its place.
    ///
    /// # Safety
    ///
    /// It is there, and nobody else touches it.
    #[inline]
    unsafe fn take(&self, number: usize) -> T {
        // SAFETY: By the caller's promise the place is initialised and this thread's.
        self.place(number).with(|place| unsafe { (*place).assume_init_read() })
    }
}

impl<T> Producer<T> {
    /// Puts `item` in.
    ///
    /// # Errors
    ///
    /// The item, when the ring is full.
    #[inline]
    pub fn push(&mut self, item: T) -> Result<(), T> {
        // ANCHOR: push
        // GIVEN: wrong/ring-asks-each-time.rs
        let capacity = self.shared.places.len();
        if self.tail.wrapping_sub(self.head_seen) == capacity {
            self.head_seen = self.shared.head.0.load(Acquire);
            if self.tail.wrapping_sub(self.head_seen) == capacity {
                return Err(item);
            }
        }
        // SAFETY: The ring is not full, so the place is vacant, and it is the producer's until `tail` is stored.
        self.shared.place(self.tail).with_mut(|place| unsafe { (*place).write(item) });
        self.tail = self.tail.wrapping_add(1);
        self.shared.tail.0.store(self.tail, Release);
        Ok(())
        // ANCHOR_END: push
    }

    /// Whether the consumer has gone: nobody will take anything out any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        is_one_sided(&self.shared)
    }
}

impl<T> Consumer<T> {
    /// Takes out the item that has been in the ring longest, if there is one.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        // ANCHOR: pop
        // GIVEN: wrong/ring-asks-each-time.rs
        if self.head == self.tail_seen {
            self.tail_seen = self.shared.tail.0.load(Acquire);
            if self.head == self.tail_seen {
                return None;
            }
        }
        // SAFETY: The item is there, and it is the consumer's until `head` is stored.
        let item = unsafe { self.shared.take(self.head) };
        self.head = self.head.wrapping_add(1);
        self.shared.head.0.store(self.head, Release);
        Some(item)
        // ANCHOR_END: pop
    }

    /// Whether the producer has gone: all that it has put in can be taken out, and then the ring stays empty.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        is_one_sided(&self.shared)
    }
}

/// Both ends have gone.
impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let (mut head, tail) = (self.head.0.load(Relaxed), self.tail.0.load(Relaxed));
        while head != tail {
            // SAFETY: What lies between the two numbers is there, and nobody else is left.
            drop(unsafe { self.take(head) });
            head = head.wrapping_add(1);
        }
    }
}

impl<T> fmt::Debug for Producer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("put_in", &self.tail).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Consumer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("taken", &self.head).finish_non_exhaustive()
    }
}
