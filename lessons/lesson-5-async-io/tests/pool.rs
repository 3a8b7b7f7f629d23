//! Goal: never more than there may be, first come first served, what is broken is replaced, what cannot be made is said
//! at once, and whoever leaves at whatever moment takes nothing with it.
//!
//! Method: boats instead of connections, which count themselves; a clock that stands still until all wait; callers that
//! are polled by hand, so that each order of events is chosen, and wakers that say whether they would be polled again.
//! `random` does the same in orders that nobody has thought of.
//! Not proven: that a real connection's `is_broken` and `check` find out what they should, and how quick it is.

#[path = "pool/boats.rs"]
mod boats;
#[path = "pool/create.rs"]
mod create;
#[path = "pool/end.rs"]
mod end;
#[path = "pool/health.rs"]
mod health;
#[path = "pool/leave.rs"]
mod leave;
#[path = "pool/maintain.rs"]
mod maintain;
#[path = "pool/random.rs"]
mod random;
#[path = "pool/woken.rs"]
mod woken;
#[path = "pool/your_trial.rs"]
mod your_trial;

use std::rc::Rc;
use std::time::Duration;

use async_io::pool::{AcquireError, Limits, LimitsError, Pool};
use tokio::time::Instant;

use boats::{Sea, Yard, alone, at_most, error, hire, lend, settle, waiting};

#[tokio::test(start_paused = true)]
async fn what_was_returned_is_lent_again() {
    alone(async {
        let (hire, sea) = hire(at_most(10));
        for _ in 0..5 {
            assert_eq!(lend(&hire).await.number, 1);
        }
        assert_eq!(sea.begun.get(), 1);
        let statistics = hire.statistics();
        assert_eq!((statistics.open, statistics.idle, statistics.in_use()), (1, 1, 0));
        assert_eq!((statistics.totals.created, statistics.totals.uses), (1, 5));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_when_none_is_idle_gets_a_new_one_up_to_the_limit() {
    alone(async {
        let (hire, sea) = hire(at_most(3));
        let boats = [lend(&hire).await, lend(&hire).await, lend(&hire).await];
        assert_eq!(boats.each_ref().map(|boat| boat.number), [1, 2, 3]);
        let fourth = waiting(&hire);
        settle().await;
        assert!(!fourth.is_woken() && sea.most.get() == 3, "three is the limit");
        let [first, ..] = boats;
        drop(first);
        assert_eq!(fourth.end_woken().expect("it is lent").number, 1);
        assert_eq!(sea.most.get(), 3);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_one_used_last_is_lent_first() {
    alone(async {
        let (hire, _) = hire(at_most(3));
        let [first, second, third] = [lend(&hire).await, lend(&hire).await, lend(&hire).await];
        drop(second);
        drop(third);
        drop(first);
        for _ in 0..5 {
            assert_eq!(lend(&hire).await.number, 1, "so that the others are idle long enough");
        }
        let _kept = lend(&hire).await;
        assert_eq!(lend(&hire).await.number, 3);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_came_first_is_served_first() {
    alone(async {
        let (hire, _) = hire(at_most(1));
        let mut boat = lend(&hire).await;
        let tasks: Vec<_> = (0..10).map(|_| waiting(&hire)).collect();
        assert_eq!(hire.statistics().waiting, 10);
        for task in tasks {
            assert!(!task.is_woken());
            drop(boat);
            boat = task.end_woken().expect("it is its turn");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_does_not_overtake_who_has_been_handed_something() {
    alone(async {
        let (hire, _) = hire(at_most(1));
        let boat = lend(&hire).await;
        let first = waiting(&hire);
        drop(boat);
        // The first has been woken and has not had its turn yet: the boat is its own already.
        let second = waiting(&hire);
        let boat = first.end_woken().expect("it came first");
        assert!(!second.is_woken());
        drop(boat);
        assert!(second.end_woken().is_ok());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_manager_is_told_when_nobody_needs_one_any_more() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let boat = lend(&hire).await;
        let second = waiting(&hire);
        drop(boat);
        assert_eq!(sea.rested.get(), 0, "it was handed over");
        drop(second.end_woken());
        assert_eq!(sea.rested.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_handed_to_one_who_was_woken_before_is_needed() {
    alone(async {
        let (hire, sea) = hire(at_most(2));
        let [one, other] = [lend(&hire).await, lend(&hire).await];
        let first = waiting(&hire);
        one.discard();
        assert!(first.is_woken(), "there is room for another one");
        drop(other);
        assert_eq!(sea.rested.get(), 0, "it was handed over, though there was nobody to wake");
        drop(first.end_woken().expect("it has been handed one"));
        assert_eq!(sea.rested.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_limit() {
    alone(async {
        let limits = at_most(1);
        let (hire, _) = hire(limits);
        let _boat = lend(&hire).await;
        let begin = Instant::now();
        assert_eq!(error(hire.acquire().await), AcquireError::TimedOut);
        assert_eq!(begin.elapsed().as_secs(), limits.acquire_max.as_secs());
        let statistics = hire.statistics();
        assert_eq!((statistics.waiting, statistics.totals.timed_out), (0, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_when_too_many_wait_is_told_at_once() {
    alone(async {
        let (hire, _) = hire(Limits { waiting_max: 2, ..at_most(1) });
        let boat = lend(&hire).await;
        let [first, second] = [waiting(&hire), waiting(&hire)];
        let begin = Instant::now();
        assert_eq!(error(hire.acquire().await), AcquireError::Crowded);
        assert_eq!((begin.elapsed(), hire.statistics().totals.crowded), (Duration::ZERO, 1));
        drop(first);
        let third = waiting(&hire);
        drop(boat);
        drop(second.end_woken());
        assert!(third.end_woken().is_ok(), "there was room again");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn after_so_many_uses_one_is_replaced() {
    alone(async {
        let (hire, sea) = hire(Limits { uses_max: 3, ..at_most(1) });
        let mut numbers = Vec::new();
        for _ in 0..7 {
            numbers.push(lend(&hire).await.number);
        }
        assert_eq!(numbers, [1, 1, 1, 2, 2, 2, 3]);
        assert_eq!((sea.there.get(), hire.statistics().closed()), (1, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_has_been_used_up_is_replaced_for_who_waits() {
    alone(async {
        let (hire, _) = hire(Limits { uses_max: 1, ..at_most(1) });
        let boat = lend(&hire).await;
        let second = waiting(&hire);
        drop(boat);
        let mut second = second;
        assert!(second.is_woken(), "there is room for another one");
        assert!(second.poll().is_pending());
        settle().await;
        assert_eq!(second.end_woken().expect("it was made").number, 2);
    })
    .await;
}

#[test]
fn limits_that_contradict_themselves_are_refused() {
    let sound = Limits::default();
    let wrong = [
        (Limits { max: 0, min: 0, ..sound }, "max"),
        (Limits { min: 101, ..sound }, "min"),
        (Limits { uses_max: 0, ..sound }, "uses_max"),
        (Limits { waiting_max: 0, ..sound }, "waiting_max"),
        (Limits { idle_max: Duration::ZERO, ..sound }, "idle_max"),
        (Limits { create_max: Duration::ZERO, ..sound }, "create_max"),
        (Limits { check_max: Duration::ZERO, ..sound }, "check_max"),
    ];
    for (limits, name) in wrong {
        let refused = Pool::new(Yard(Rc::<Sea>::default()), limits).expect_err(name);
        let LimitsError { limit, .. } = refused;
        assert_eq!(limit, name);
    }
    let longest = Duration::MAX;
    let never = Limits { idle_max: longest, acquire_max: longest, check_after: longest, ..sound };
    assert!(Pool::new(Yard(Rc::<Sea>::default()), never).is_ok());
}

#[test]
fn the_course_s_numbers_are_the_default() {
    let Limits { min, max, uses_max, idle_max, .. } = Limits::default();
    assert_eq!((min, max, uses_max, idle_max.as_secs()), (10, 100, 50_000, 300));
}
