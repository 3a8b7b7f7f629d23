//! A caller in the queue.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::error::AcquireError;
use super::guard::{Guard, Place};
use super::queue::Ticket;
use super::state::State;
use super::{Manage, Pool};

/// Waits for its turn. Dropped, it leaves the queue.
pub(super) struct Waiting<'a, M: Manage> {
    pool: &'a Rc<Pool<M>>,
    ticket: Ticket,
}

impl<'a, M: Manage> Waiting<'a, M> {
    pub(super) fn new(
        pool: &'a Rc<Pool<M>>,
        ticket: Ticket,
    ) -> Result<Self, AcquireError<M::Error>> {
        let mut state = pool.state.borrow_mut();
        if state.closed {
            return Err(AcquireError::Closed);
        }
        if state.queue.len() >= pool.limits.waiting_max {
            state.totals.crowded += 1;
            return Err(AcquireError::Crowded);
        }
        state.queue.join(ticket);
        Ok(Self { pool, ticket })
    }
}

impl<M: Manage> Future for Waiting<'_, M> {
    type Output = Result<Guard<M>, AcquireError<M::Error>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (pool, waker) = (self.pool, context.waker().clone());
        // First, and whatever it has been handed: it may have been woken for those behind it, too.
        while pool.create_if(State::lacks) {}
        let looked = pool.state.borrow_mut().queue.look(self.ticket, waker);
        match looked {
            Poll::Ready(handed) => {
                Poll::Ready(handed.map(|slot| Guard::new(Place::of(pool), slot)))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<M: Manage> Drop for Waiting<'_, M> {
    fn drop(&mut self) {
        // ANCHOR: leave
        // TASK: leave the queue, and pass on what has been handed over meanwhile
        // STEP: wake whoever is to see that one is made
        // STEP: `queue.leave` and `state.nudge` in one borrow, which ends before anything is dropped or woken
        // STEP: what was handed over goes back by way of a `Guard` that is dropped: to the next, or to the idle ones
        let ((waker, handed), next) = {
            let mut state = self.pool.state.borrow_mut();
            (state.queue.leave(self.ticket), state.nudge(&self.pool.limits))
        };
        // What it was handed goes to the next.
        let unused = handed.map(|handed| handed.map(|slot| Guard::new(Place::of(self.pool), slot)));
        drop((waker, unused));
        if let Some(next) = next {
            next.wake();
        }
        // ANCHOR_END: leave
    }
}
