//! The future that waits for its turn.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::state::Ticket;
use super::{Admission, Budget, Shed};

/// Waits for room. See [`Budget::admit`].
#[derive(Debug)]
#[must_use = "nobody waits before it is polled"]
pub struct Admit {
    budget: Budget,
    weight: usize,
    /// `None` before the first poll, and behind the end.
    ticket: Option<Ticket>,
}

impl Admit {
    pub(super) fn new(budget: Budget, weight: usize) -> Self {
        Self { budget, weight, ticket: None }
    }
}

impl Future for Admit {
    type Output = Result<Admission, Shed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { budget, weight, ticket } = &mut *self;
        // Cloned before the lock is taken. What is left here in the end is dropped when it is free: `state` goes first.
        let mut waker = context.waker().clone();
        let mut state = budget.lock();
        if let Some(waiting) = ticket.and_then(|ticket| state.waker(ticket)) {
            mem::swap(waiting, &mut waker);
            return Poll::Pending;
        }
        let admitted = match ticket.take() {
            Some(_) => Ok(()),
            None => state.admit(*weight),
        };
        match admitted {
            Err(Shed::NoRoom) if state.may_wait() => {
                *ticket = Some(state.wait(*weight, waker));
                Poll::Pending
            }
            Err(Shed::NoRoom) => Poll::Ready(Err(Shed::TooManyWait)),
            Err(shed) => Poll::Ready(Err(shed)),
            Ok(()) => Poll::Ready(Ok(budget.guard(*weight))),
        }
    }
}

impl Drop for Admit {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            // Its waker is dropped here, when the lock is free.
            drop(self.budget.make_room(|state| state.leave(ticket, self.weight)));
        }
    }
}
