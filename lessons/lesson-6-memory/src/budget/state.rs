//! What the lock guards, and the steps that keep the protocol's two promises.

use std::collections::VecDeque;
use std::task::Waker;

use super::Shed;

#[derive(Debug)]
pub(super) struct State {
    pub(super) limit: usize,
    pub(super) used: usize,
    pub(super) peak: usize,
    waiting_max: usize,
    /// Who has waited longest is at the front.
    queue: VecDeque<Waiting>,
    /// The number of the next one.
    next: Ticket,
}

/// Tickets count up, so the queue is sorted by them.
pub(super) type Ticket = u64;

#[derive(Debug)]
pub(super) struct Waiting {
    ticket: Ticket,
    weight: usize,
    waker: Waker,
}

impl State {
    pub(super) fn new(limit: usize, waiting_max: usize) -> Self {
        Self { limit, used: 0, peak: 0, waiting_max, queue: VecDeque::new(), next: 0 }
    }

    /// Takes `weight` for somebody who has just come.
    #[inline]
    pub(super) fn admit(&mut self, weight: usize) -> Result<(), Shed> {
        if weight > self.limit {
            return Err(Shed::NeverFits);
        }
        if !self.queue.is_empty() {
            return Err(Shed::NoRoom);
        }
        self.take(weight)
    }

    /// Takes `weight` if there is room for it.
    #[inline]
    pub(super) fn take(&mut self, weight: usize) -> Result<(), Shed> {
        if weight > self.limit - self.used {
            return Err(Shed::NoRoom);
        }
        self.used += weight;
        self.peak = self.peak.max(self.used);
        Ok(())
    }

    /// Takes the weights of those who wait, until the first one does not fit, and returns whom to wake. An empty vector
    /// has no memory: when nobody waits, nothing is allocated.
    #[inline]
    pub(super) fn admit_waiting(&mut self) -> Vec<Waker> {
        let mut admitted = Vec::new();
        if let Some(first) = self.queue.front()
            && self.take(first.weight).is_ok()
        {
            admitted.extend(self.queue.pop_front().map(|first| first.waker));
        }
        admitted
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn may_wait(&self) -> bool {
        self.queue.len() < self.waiting_max
    }

    /// Puts somebody for whom there was no room at the end of the queue.
    pub(super) fn wait(&mut self, weight: usize, waker: Waker) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.queue.push_back(Waiting { ticket, weight, waker });
        ticket
    }

    /// The waker that is called when `ticket` is admitted, or `None` if it is.
    pub(super) fn waker(&mut self, ticket: Ticket) -> Option<&mut Waker> {
        self.position(ticket).map(|position| &mut self.queue[position].waker)
    }

    /// Takes `ticket`, which is worth `weight`, out of the queue, or its weight out of what is used if it is admitted.
    pub(super) fn leave(&mut self, ticket: Ticket, weight: usize) -> Option<Waiting> {
        match self.position(ticket) {
            Some(position) => self.queue.remove(position),
            None => {
                self.used -= weight;
                None
            }
        }
    }

    fn position(&self, ticket: Ticket) -> Option<usize> {
        self.queue.binary_search_by_key(&ticket, |waiting| waiting.ticket).ok()
    }
}
