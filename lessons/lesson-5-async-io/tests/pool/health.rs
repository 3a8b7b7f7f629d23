//! What is broken is replaced.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::{Rc, Weak};
use std::time::Duration;

use async_io::pool::{AcquireError, Limits, Manage, Pool};
use tokio::time::{Instant, sleep};

use crate::boats::{Luck, alone, at_most, error, hire, lend, settle, waiting};

#[tokio::test(start_paused = true)]
async fn one_that_comes_back_broken_is_closed() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let boat = lend(&hire).await;
        boat.leaks.set(true);
        drop(boat);
        assert_eq!((sea.there.get(), hire.statistics().open), (0, 0));
        assert_eq!((lend(&hire).await.number, hire.statistics().totals.broken), (2, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn those_that_break_while_they_are_idle_are_not_lent() {
    alone(async {
        let (hire, sea) = hire(at_most(3));
        let boats = [lend(&hire).await, lend(&hire).await, lend(&hire).await];
        let [_, second, third] = boats.each_ref().map(|boat| Rc::clone(&boat.leaks));
        drop(boats);
        second.set(true);
        third.set(true);
        assert_eq!(lend(&hire).await.number, 1);
        assert_eq!((sea.there.get(), hire.statistics().totals.broken), (1, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_is_discarded_is_closed_and_replaced_for_who_waits() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let boat = lend(&hire).await;
        let mut second = waiting(&hire);
        boat.discard();
        assert!(second.is_woken(), "there is room");
        assert!(second.poll().is_pending(), "it is being made");
        settle().await;
        assert_eq!(second.end_woken().expect("it is made").number, 2);
        assert_eq!((sea.most.get(), hire.statistics().totals.broken), (1, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn only_what_has_been_idle_for_long_is_checked() {
    alone(async {
        let limits = at_most(1);
        let (hire, sea) = hire(limits);
        drop(lend(&hire).await);
        sleep(limits.check_after - Duration::from_millis(10)).await;
        drop(lend(&hire).await);
        assert_eq!(sea.tried.get(), 0);
        sleep(limits.check_after).await;
        assert_eq!((lend(&hire).await.number, sea.tried.get()), (1, 1));
        assert_eq!((lend(&hire).await.number, sea.tried.get()), (1, 1), "it is fresh again");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_known_to_be_broken_is_not_checked_first() {
    alone(async {
        let limits = at_most(1);
        let (hire, sea) = hire(limits);
        let leaks = Rc::clone(&lend(&hire).await.leaks);
        leaks.set(true);
        sleep(limits.check_after).await;
        assert_eq!(
            lend(&hire).await.number,
            2,
            "what has been idle for long is asked whether it is broken, too"
        );
        assert_eq!((sea.tried.get(), hire.statistics().totals.broken), (0, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_its_check_is_closed_and_the_next_one_tried() {
    for trying in [Luck::Bad, Luck::Stuck] {
        alone(async {
            let limits = at_most(3);
            let (hire, sea) = hire(limits);
            drop([lend(&hire).await, lend(&hire).await, lend(&hire).await]);
            sleep(limits.check_after).await;
            sea.trying.set(trying);
            let begin = Instant::now();
            let boat = lend(&hire).await;
            assert_eq!((boat.number, sea.tried.get(), sea.there.get()), (4, 3, 1), "{trying:?}");
            assert_eq!(hire.statistics().totals.broken, 3);
            let each = if trying == Luck::Bad { Duration::ZERO } else { limits.check_max };
            assert!(begin.elapsed() < each * 3 + Duration::from_millis(10));
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn checks_count_for_the_time_out() {
    alone(async {
        let limits = Limits { acquire_max: Duration::from_millis(2500), ..at_most(5) };
        let (hire, sea) = hire(limits);
        let boats = [(); 5].map(|()| waiting(&hire));
        settle().await;
        drop(boats.map(crate::boats::Task::end_woken));
        sleep(limits.check_after).await;
        sea.trying.set(Luck::Stuck);
        assert_eq!(error(hire.acquire().await), AcquireError::TimedOut);
        // The one that was being checked when the time was up is closed as well.
        assert_eq!((sea.tried.get(), sea.there.get(), hire.statistics().idle), (3, 2, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_while_another_one_is_checked_does_not_overtake_it() {
    alone(async {
        let limits = at_most(2);
        let (hire, sea) = hire(limits);
        let kept = lend(&hire).await;
        drop(lend(&hire).await);
        sleep(limits.check_after).await;
        sea.trying.set(Luck::SlowlyBad(Duration::from_millis(10)));
        sea.building.set(Luck::Stuck);
        let mut first = waiting(&hire);
        let mut second = waiting(&hire);
        sleep(Duration::from_millis(20)).await;
        assert!(first.poll().is_pending(), "its boat has not passed");
        assert!(second.is_woken(), "there is room for another one");
        assert!(second.poll().is_pending(), "but nothing can be made");
        assert_eq!(hire.statistics().waiting, 2);
        drop(kept);
        assert!(!second.is_woken());
        assert_eq!(first.end_woken().expect("it came first").number, 1);
    })
    .await;
}

/// A manager that uses the pool while it is asked: it reads the numbers, and may close it.
#[derive(Default)]
struct Inspector {
    pool: RefCell<Weak<Pool<Inspector>>>,
    closes: Cell<bool>,
}

impl Manage for Inspector {
    type Resource = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }

    fn is_broken(&self, (): &()) -> bool {
        let pool = self.pool.borrow().upgrade().expect("the pool is there");
        assert_eq!(pool.statistics().open, 1, "nobody holds a borrow of the pool meanwhile");
        if self.closes.get() {
            pool.close();
        }
        false
    }

    async fn check(&self, (): &mut ()) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn the_manager_may_use_the_pool_while_it_is_asked() {
    alone(async {
        let pool = Pool::new(Inspector::default(), at_most(1)).expect("the limits are sound");
        pool.manager().pool.replace(Rc::downgrade(&pool));
        drop(pool.acquire().await.expect("it is lent"));
        let guard = pool.acquire().await.expect("it is lent again");
        pool.manager().closes.set(true);
        drop(guard);
        assert_eq!(pool.statistics().open, 0, "closed while it came back: it is not kept");
    })
    .await;
}
