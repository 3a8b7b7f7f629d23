//! What is lent, and the place that it takes.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use tokio::time::timeout;

use super::state::{Put, Slot, State};
use super::{Manage, Pool};

/// One of the pool's `max` places. It is given back when this is dropped, whatever the reason.
pub(super) struct Place<M: Manage> {
    /// `None`: the place is kept, for something idle or handed.
    pool: Option<Rc<Pool<M>>>,
}

impl<M: Manage> Place<M> {
    /// The only function that takes a place: if there is one, and `wanted` says so.
    pub(super) fn take(
        pool: &Rc<Pool<M>>,
        wanted: impl Fn(&State<M::Resource, M::Error>) -> bool,
    ) -> Option<Self> {
        let mut state = pool.state.borrow_mut();
        if !state.has_room(&pool.limits) || !wanted(&state) {
            return None;
        }
        state.open += 1;
        Some(Self::of(pool))
    }

    /// The place that a slot of `pool` has kept.
    #[inline]
    pub(super) fn of(pool: &Rc<Pool<M>>) -> Self {
        Self { pool: Some(Rc::clone(pool)) }
    }

    /// Keeps the place.
    #[inline]
    pub(super) fn keep(mut self) -> Rc<Pool<M>> {
        self.pool.take().expect("a place is kept once")
    }

    #[inline]
    pub(super) fn pool(&self) -> &Rc<Pool<M>> {
        self.pool.as_ref().expect("a place is kept at its end")
    }
}

impl<M: Manage> Drop for Place<M> {
    #[inline]
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            pool.vacate();
        }
    }
}

impl<M: Manage> Pool<M> {
    #[cold]
    fn vacate(&self) {
        // these are `emptied`, the `bell`, and the front of the queue
        // `maintain` hears the bell when fewer than `min` are open; `nudge` says who is to be woken, if anybody is
        todo!("give the place back, and tell all who may want to know")
    }

    /// Keeps a slot whose place is kept.
    #[inline]
    pub(super) fn put(&self, slot: Slot<M::Resource>) {
        let put = self.state.borrow_mut().put(slot);
        match put {
            Put::Handed(Some(waker)) => waker.wake(),
            Put::Handed(None) => {}
            Put::Idle => self.manager.on_idle(),
        }
    }
}

/// A resource of the pool's, until this is dropped. Then it goes to whoever has waited longest, or becomes idle; it is
/// closed if the manager calls it broken, if it has been used [`Limits::uses_max`](super::Limits::uses_max) times, or if
/// the pool is closed.
///
/// It keeps the pool alive, and nothing waits for it but [`Pool::drained`]: whoever forgets it takes its place with it.
#[must_use = "dropped, it goes back at once"]
pub struct Guard<M: Manage> {
    /// `None` only while it is dropped.
    slot: Option<Slot<M::Resource>>,
    /// Behind the slot, so that it is given back when the resource has been closed.
    place: Place<M>,
    /// It is not put back: it is to be closed, or a check has not cleared it yet.
    doubtful: bool,
}

impl<M: Manage> Guard<M> {
    #[inline]
    pub(super) fn new(place: Place<M>, slot: Slot<M::Resource>) -> Self {
        Self { slot: Some(slot), place, doubtful: false }
    }

    /// Closes the resource: an error has shown that it is broken, or nobody knows what state it is in. Its place is free
    /// for another one.
    pub fn discard(self) {
        self.place.pool().state.borrow_mut().totals.broken += 1;
        self.close();
    }

    /// Closes a resource that is not to blame.
    pub(super) fn close(mut self) {
        self.doubtful = true;
    }

    /// Not to be put back before a check has cleared it.
    pub(super) fn doubt(mut self) -> Self {
        self.doubtful = true;
        self
    }

    #[inline]
    pub(super) fn is_doubtful(&self) -> bool {
        self.doubtful
    }

    /// Itself, if no check is due or if the check says that it works.
    pub(super) async fn checked(mut self) -> Option<Self> {
        if !self.doubtful {
            return Some(self);
        }
        let pool = Rc::clone(self.place.pool());
        let answer = timeout(pool.limits.check_max, pool.manager.check(&mut self)).await;
        if answer == Ok(true) {
            self.doubtful = false;
            return Some(self);
        }
        self.discard();
        None
    }

    #[inline]
    pub(super) fn count_use(&mut self) {
        self.slot_mut().uses += 1;
    }

    #[inline]
    fn slot(&self) -> &Slot<M::Resource> {
        self.slot.as_ref().expect("only `drop` takes it")
    }

    #[inline]
    fn slot_mut(&mut self) -> &mut Slot<M::Resource> {
        self.slot.as_mut().expect("only `drop` takes it")
    }

    /// Whether it may be lent again.
    #[inline]
    fn is_fit(&self) -> bool {
        let pool = self.place.pool();
        // the manager says whether it is broken (count that), `uses_max` whether it is used up; late is when the pool is closed
        // ask the manager first, and hold no borrow meanwhile: it may do anything, also close the pool
        todo!("not if it is broken, used up, or late")
    }
}

impl<M: Manage> Drop for Guard<M> {
    #[inline]
    fn drop(&mut self) {
        let fit = !self.doubtful && self.is_fit();
        let slot = self.slot.take().expect("it is dropped once");
        if fit && let Some(pool) = self.place.pool.take() {
            pool.put(slot);
        }
    }
}

impl<M: Manage> Deref for Guard<M> {
    type Target = M::Resource;

    #[inline]
    fn deref(&self) -> &M::Resource {
        &self.slot().resource
    }
}

impl<M: Manage> DerefMut for Guard<M> {
    #[inline]
    fn deref_mut(&mut self) -> &mut M::Resource {
        &mut self.slot_mut().resource
    }
}

impl<M: Manage<Resource: fmt::Debug>> fmt::Debug for Guard<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guard").field(&**self).finish()
    }
}
