//! Wakers are code of others, and may come back to the pool: whatever wakes or drops one holds no borrow of it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_io::pool::Limits;
use witness::script::WRONG;

use crate::boats::{Hire, alone, at_most, hire, lend, waiting};

thread_local! {
    static MEDDLED: RefCell<Option<Meddled>> = const { RefCell::new(None) };
}

/// What is meddled with.
struct Meddled {
    hire: Hire,
    woken: u32,
    /// How often the pool could not be used meanwhile.
    refused: u32,
}

/// A waker that comes back to the pool when it is woken, and when it is dropped.
struct Meddler;

impl Meddler {
    fn meddle(woken: u32) {
        MEDDLED.with_borrow_mut(|meddled| {
            // Tests leave some that are dropped at their end.
            let Some(meddled) = meddled else { return };
            meddled.woken += woken;
            // A panic would be one in a `drop` here, and end the process.
            let came_back = catch_unwind(AssertUnwindSafe(|| meddled.hire.evict()));
            meddled.refused += u32::from(came_back.is_err());
        });
    }
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        Self::meddle(1);
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        Self::meddle(0);
    }
}

fn meddle_with(hire: &Hire) {
    MEDDLED.set(Some(Meddled { hire: Rc::clone(hire), woken: 0, refused: 0 }));
}

/// Demands that one waker was woken, and came back to the pool.
fn assert_came_back() {
    let Meddled { woken, refused, .. } = MEDDLED.take().expect("the test has put it there");
    assert!(
        refused == 0,
        "{WRONG}a waker was called while a borrow of the pool's state lasted: it used the pool, and that panicked"
    );
    assert_eq!(woken, 1, "how often it was woken");
}

/// Polls it once, with a waker that meddles.
fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::new(Meddler));
    future.as_mut().poll(&mut Context::from_waker(&waker))
}

#[tokio::test(start_paused = true)]
async fn whoever_is_handed_one_may_come_back_to_the_pool_at_once() {
    alone(async {
        let (hire, _) = hire(at_most(1));
        let boat = lend(&hire).await;
        meddle_with(&hire);
        let mut caller = Box::pin(hire.acquire());
        assert!(poll(&mut caller).is_pending());
        assert!(poll(&mut caller).is_pending());
        drop(boat);
        drop(caller);
        assert_came_back();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_told_of_a_free_place_may_come_back_to_the_pool_at_once() {
    alone(async {
        let (hire, _) = hire(at_most(1));
        let boat = lend(&hire).await;
        meddle_with(&hire);
        let mut caller = Box::pin(hire.acquire());
        assert!(poll(&mut caller).is_pending());
        boat.discard();
        assert_came_back();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_the_turn_of_one_who_leaves_may_come_back_to_the_pool_at_once() {
    alone(async {
        let (hire, _) = hire(at_most(1));
        let boat = lend(&hire).await;
        meddle_with(&hire);
        let first = waiting(&hire);
        let mut second = Box::pin(hire.acquire());
        assert!(poll(&mut second).is_pending());
        boat.discard();
        assert!(first.is_woken(), "there is room");
        drop(first);
        assert_came_back();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_the_end_may_come_back_to_the_pool_at_once() {
    alone(async {
        let (hire, _) = hire(Limits { min: 1, ..at_most(1) });
        let boat = lend(&hire).await;
        hire.close();
        meddle_with(&hire);
        let mut drained = Box::pin(hire.drained(Duration::MAX));
        assert!(poll(&mut drained).is_pending());
        drop(boat);
        assert_came_back();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn whoever_looks_after_the_pool_may_come_back_to_it_at_once() {
    alone(async {
        let (hire, _) = hire(Limits { min: 1, ..at_most(1) });
        let boat = lend(&hire).await;
        meddle_with(&hire);
        let mut maintained = Box::pin(Rc::clone(&hire).maintain());
        assert!(poll(&mut maintained).is_pending());
        boat.discard();
        assert_came_back();
    })
    .await;
}
