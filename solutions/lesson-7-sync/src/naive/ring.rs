//! A ring of numbers whose ends ask for each other's position with each item.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::Apart;

/// A queue with a bound: one thread puts in, one takes out.
#[derive(Debug)]
pub struct Ring {
    /// How many items were ever taken.
    head: Apart<AtomicU64>,
    /// How many items were ever put in.
    tail: Apart<AtomicU64>,
    places: Box<[AtomicU64]>,
}

impl Ring {
    /// Room for `capacity` items.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let places = (0..capacity).map(|_| AtomicU64::new(0)).collect();
        Self { head: Apart(AtomicU64::new(0)), tail: Apart(AtomicU64::new(0)), places }
    }

    /// Puts `item` in, if there is room. For one thread.
    #[inline]
    pub fn push(&self, item: u64) -> bool {
        let (head, tail) = (self.head.0.load(Acquire), self.tail.0.load(Relaxed));
        if tail - head == self.places.len() as u64 {
            return false;
        }
        self.place(tail).store(item, Relaxed);
        self.tail.0.store(tail + 1, Release);
        true
    }

    /// Takes out the item that has been in it longest. For one thread.
    #[inline]
    pub fn pop(&self) -> Option<u64> {
        let (head, tail) = (self.head.0.load(Relaxed), self.tail.0.load(Acquire));
        if head == tail {
            return None;
        }
        let item = self.place(head).load(Relaxed);
        self.head.0.store(head + 1, Release);
        Some(item)
    }

    fn place(&self, number: u64) -> &AtomicU64 {
        &self.places[number as usize & (self.places.len() - 1)]
    }
}
