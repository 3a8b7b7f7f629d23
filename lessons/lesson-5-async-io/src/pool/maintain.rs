//! What the pool does when nobody asks it for anything.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::guard::{Guard, Place};
use super::{Manage, Pool};

/// The pause after the first failure. It doubles with each further one.
const RETRY_MIN: Duration = Duration::from_millis(100);

/// The longest pause: a database that is up again is noticed within this. There is no jitter: each pool tries with a
/// single resource at a time, so even workers in step are only as many as there are workers.
const RETRY_MAX: Duration = Duration::from_secs(10);

impl<M: Manage> Pool<M> {
    /// Keeps `min` resources open, and closes what is idle for too long. Let it run beside what uses the pool.
    ///
    /// It sleeps until there is something to do. What cannot be made is tried again, one at a time, after a pause that
    /// grows from 100 ms to 10 s. It does not keep the pool alive, and returns when the pool is closed or gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing; without it nothing is made before somebody asks, and nothing idle is closed.
    pub async fn maintain(self: Rc<Self>) {
        let (bell, pool) = (Rc::clone(&self.bell), Rc::downgrade(&self));
        drop(self);
        while let Some(pause) = pool.upgrade().and_then(|pool| pool.tend()) {
            let _ = timeout(pause, bell.notified()).await;
        }
    }

    /// Does what there is to do now, and returns how long there is nothing more unless the bell rings.
    fn tend(self: &Rc<Self>) -> Option<Duration> {
        let next_expiry = self.close_expired();
        while self.create_if(|state| {
            let few = state.open < self.limits.min;
            let works = state.failures.count == 0;
            few && (works || state.creating == 0 && state.failures.pause().is_zero())
        }) {}
        let state = self.state.borrow();
        let waits_to_retry = state.open < self.limits.min && state.creating == 0;
        let pause = if waits_to_retry { state.failures.pause() } else { next_expiry };
        (!state.closed).then_some(pause.min(next_expiry))
    }

    /// Closes what has been idle for too long, as long as more than `min` are open. Returns after how long the next one
    /// may have been. What becomes idle later expires later, so nothing is missed by sleeping until then.
    fn close_expired(self: &Rc<Self>) -> Duration {
        loop {
            let expired = {
                let mut state = self.state.borrow_mut();
                let too_many = state.open > self.limits.min;
                let Some(oldest) = state.idle.front().filter(|_| too_many) else {
                    return self.limits.idle_max;
                };
                let left = self.limits.idle_max.saturating_sub(oldest.since.elapsed());
                if !left.is_zero() {
                    return left;
                }
                state.idle.pop_front()
            };
            if let Some(idle) = expired {
                Guard::new(Place::of(self), idle.slot).close();
            }
        }
    }
}

/// The pauses between attempts that fail.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Failures {
    /// How many pauses there have been since the last one that could be made.
    count: u32,
    /// When the last pause began.
    since: Option<Instant>,
}

impl Failures {
    /// Begins a pause. What fails during one changes nothing: ten attempts at the same time are one failure, and callers
    /// who go on trying do not put off the next attempt.
    pub(super) fn note(&mut self) {
        if self.pause().is_zero() {
            self.count = self.count.saturating_add(1);
            self.since = Some(Instant::now());
        }
    }

    /// How long to wait before the next attempt.
    fn pause(&self) -> Duration {
        let Some(since) = self.since else { return Duration::ZERO };
        let doubled = RETRY_MIN.saturating_mul(1 << (self.count - 1).min(16));
        doubled.min(RETRY_MAX).saturating_sub(since.elapsed())
    }
}
