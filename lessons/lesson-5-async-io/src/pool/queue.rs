//! Who waits, in the order in which they came.
//!
//! A ticket is a number, and the queue is a map in the order of the numbers: the front is found, and anybody may leave, in
//! O(log n). Who is handed something leaves the queue at that moment, so nothing is handed to one and the same twice; what
//! it was handed lies ready until it looks.

use std::collections::BTreeMap;
use std::task::{Poll, Waker};

/// A place in the order of arrival. The smaller number came first.
pub(super) type Ticket = u64;

pub(super) struct Queue<T> {
    next: Ticket,
    /// `None`: it has been woken and not been polled since, or not been polled yet.
    waiting: BTreeMap<Ticket, Option<Waker>>,
    handed: BTreeMap<Ticket, T>,
}

impl<T> Queue<T> {
    pub(super) fn draw(&mut self) -> Ticket {
        self.next += 1;
        self.next
    }

    pub(super) fn join(&mut self, ticket: Ticket) {
        self.waiting.insert(ticket, None);
    }

    /// The ticket that was drawn last.
    pub(super) fn last(&self) -> Ticket {
        self.next
    }

    /// Who has waited longest.
    pub(super) fn front(&self) -> Option<Ticket> {
        Some(*self.waiting.first_key_value()?.0)
    }

    /// How many wait and have been handed nothing.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Hands `value` to the front, whose waker has to be woken, or gives it back when nobody waits.
    #[inline]
    pub(super) fn hand(&mut self, value: T) -> Result<Option<Waker>, T> {
        let Some((ticket, waker)) = self.waiting.pop_first() else { return Err(value) };
        self.handed.insert(ticket, value);
        Ok(waker)
    }

    /// The waker of the front, which stays where it is. There is none when it has been woken already.
    pub(super) fn nudge(&mut self) -> Option<Waker> {
        self.waiting.first_entry()?.get_mut().take()
    }

    /// What `ticket` has been handed. If nothing yet, `waker` is kept, and the one from before has to be dropped.
    pub(super) fn look(&mut self, ticket: Ticket, waker: Waker) -> Poll<T> {
        if let Some(value) = self.handed.remove(&ticket) {
            return Poll::Ready(value);
        }
        self.waiting.insert(ticket, Some(waker));
        Poll::Pending
    }

    /// Leaves. What it was handed and has not looked at comes back.
    pub(super) fn leave(&mut self, ticket: Ticket) -> (Option<Waker>, Option<T>) {
        (self.waiting.remove(&ticket).flatten(), self.handed.remove(&ticket))
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { next: 0, waiting: BTreeMap::new(), handed: BTreeMap::new() }
    }
}
