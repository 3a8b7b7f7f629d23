//! One word of shared memory.

use std::sync::atomic::{self, AtomicU64, Ordering, Ordering::Relaxed};

/// What the algorithms of this module need of a word. It is a trait so that `loom` can put a word of
/// its own in the place of the processor's.
pub trait Cell {
    /// As [`AtomicU64::load`].
    fn load(&self, order: Ordering) -> u64;
    /// As [`AtomicU64::store`].
    fn store(&self, value: u64, order: Ordering);
    /// As [`AtomicU64::fetch_add`].
    fn add(&self, value: u64, order: Ordering) -> u64;
    /// As [`atomic::fence`].
    fn fence(order: Ordering);
}

impl Cell for AtomicU64 {
    #[inline]
    fn load(&self, order: Ordering) -> u64 {
        Self::load(self, order)
    }

    #[inline]
    fn store(&self, value: u64, order: Ordering) {
        Self::store(self, value, order);
    }

    #[inline]
    fn add(&self, value: u64, order: Ordering) -> u64 {
        self.fetch_add(value, order)
    }

    #[inline]
    fn fence(order: Ordering) {
        atomic::fence(order);
    }
}

/// A number that only grows.
///
/// # Memory ordering
///
/// Relaxed: a counter says how much happened, and nothing about what else can be seen.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct Counter<C = AtomicU64>(C);

impl<C: Cell> Counter<C> {
    /// Counts `count` more.
    #[inline]
    pub fn add(&self, count: u64) {
        self.0.add(count, Relaxed);
    }

    /// How many there were.
    #[inline]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Back to zero.
    pub fn clear(&self) {
        self.0.store(0, Relaxed);
    }
}

/// A number that goes up and down: what is true now.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct Gauge<C = AtomicU64>(C);

impl<C: Cell> Gauge<C> {
    /// Up by one.
    #[inline]
    pub fn rise(&self) {
        self.0.add(1, Relaxed);
    }

    /// Down by one.
    #[inline]
    pub fn fall(&self) {
        // Adding the greatest word subtracts one: the sum wraps.
        self.0.add(u64::MAX, Relaxed);
    }

    /// Sets it.
    #[inline]
    pub fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    /// What it is.
    #[inline]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
