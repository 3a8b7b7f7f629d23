//! How one is made: in a task of its own, for whoever waits when it is done (rules 3 to 5).

use std::rc::Rc;

use tokio::task::spawn_local;
use tokio::time::timeout;

use super::error::AcquireError;
use super::guard::Place;
use super::queue::Ticket;
use super::state::{Slot, State};
use super::{Manage, Pool};

impl<M: Manage> Pool<M> {
    /// Begins to make one if there is room and `wanted` says so. Returns whether it has begun.
    pub(super) fn create_if(
        self: &Rc<Self>,
        wanted: impl Fn(&State<M::Resource, M::Error>) -> bool,
    ) -> bool {
        let Some(place) = Place::take(self, wanted) else { return false };
        let begun = {
            let mut state = self.state.borrow_mut();
            state.creating += 1;
            state.queue.last()
        };
        let creation = Creation { place: Some(place), begun };
        let pool = Rc::clone(self);
        spawn_local(async move {
            let created = timeout(pool.limits.create_max, pool.manager.create()).await;
            creation.end(match created {
                Ok(Ok(resource)) => Ok(resource),
                Ok(Err(error)) => Err(AcquireError::Create(error)),
                Err(_) => Err(AcquireError::CreateTimedOut),
            });
        });
        true
    }
}

/// One that is being made. Dropped before it has ended, it was lost: the manager has panicked, or the event loop is gone.
struct Creation<M: Manage> {
    /// `None`: it has ended.
    place: Option<Place<M>>,
    /// Who came last before it began.
    begun: Ticket,
}

impl<M: Manage> Creation<M> {
    fn end(mut self, created: Result<M::Resource, AcquireError<M::Error>>) {
        if let Some(place) = self.place.take() {
            place.settle(created, self.begun);
        }
    }
}

impl<M: Manage> Drop for Creation<M> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            place.settle(Err(AcquireError::CreateLost), self.begun);
        }
    }
}

impl<M: Manage> Place<M> {
    fn settle(self, created: Result<M::Resource, AcquireError<M::Error>>, begun: Ticket) {
        match created {
            Ok(resource) => self.fill(resource),
            Err(error) => self.fail(error, begun),
        }
    }

    /// A new one is not asked whether it is broken: if it is, whoever it was made for finds out, instead of having one
    /// after the other made, without end.
    fn fill(self, resource: M::Resource) {
        let pool = Rc::clone(self.pool());
        let (closed, too_few) = {
            let mut state = pool.state.borrow_mut();
            state.creating -= 1;
            state.totals.created += 1;
            state.failures = Default::default();
            (state.closed, state.open < pool.limits.min)
        };
        if too_few {
            // After failures `maintain` makes one at a time.
            pool.bell.notify_one();
        }
        if closed {
            drop(resource);
        } else {
            self.keep().put(Slot { resource, uses: 0 });
        }
    }

    fn fail(self, error: AcquireError<M::Error>, begun: Ticket) {
        let told = {
            let mut state = self.pool().state.borrow_mut();
            state.creating -= 1;
            state.fail(error, begun)
        };
        // The place is given back before anybody is woken: whoever looks sees both.
        drop(self);
        if let Ok(Some(waker)) = told {
            waker.wake();
        }
    }
}
