//! One cannot be made, or not soon.

use std::time::Duration;

use async_io::pool::{AcquireError, Limits};
use tokio::time::{Instant, sleep};

use crate::boats::{Luck, NoWood, alone, at_most, error, hire, lend, settle, waiting};

#[tokio::test(start_paused = true)]
async fn who_needs_what_cannot_be_made_is_told_at_once() {
    alone(async {
        let (hire, sea) = hire(at_most(10));
        sea.building.set(Luck::Bad);
        let begin = Instant::now();
        for _ in 0..100 {
            assert_eq!(error(hire.acquire().await), AcquireError::Create(NoWood));
        }
        assert_eq!(begin.elapsed(), Duration::ZERO, "nobody waits for a time-out");
        let statistics = hire.statistics();
        assert_eq!((statistics.open, statistics.totals.failed, sea.begun.get()), (0, 100, 100));
        sea.building.set(Luck::Good);
        assert_eq!(lend(&hire).await.number, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_are_told_at_once() {
    alone(async {
        let (hire, sea) = hire(at_most(2));
        sea.building.set(Luck::Bad);
        let begin = Instant::now();
        let mut tasks: Vec<_> = (0..50).map(|_| waiting(&hire)).collect();
        let mut told = 0;
        while !tasks.is_empty() {
            settle().await;
            let (woken, rest): (Vec<_>, Vec<_>) =
                tasks.into_iter().partition(|task| task.is_woken());
            assert!(!woken.is_empty(), "after {told} nobody is told any more");
            tasks = rest;
            for mut task in woken {
                match task.poll() {
                    std::task::Poll::Ready(lent) => {
                        assert_eq!(error(lent), AcquireError::Create(NoWood));
                        told += 1;
                    }
                    std::task::Poll::Pending => tasks.insert(0, task),
                }
            }
        }
        assert_eq!((told, sea.begun.get()), (50, 50), "an attempt for each");
        assert_eq!(begin.elapsed(), Duration::ZERO);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_is_returned_serves_before_one_that_is_being_made() {
    alone(async {
        let (hire, sea) = hire(at_most(2));
        let boat = lend(&hire).await;
        sea.building.set(Luck::Slow(Duration::from_secs(1)));
        let first = waiting(&hire);
        settle().await;
        drop(boat);
        let boat = first.end_woken().expect("it takes what comes first");
        assert_eq!(boat.number, 1);
        sleep(Duration::from_secs(2)).await;
        assert_eq!((hire.statistics().idle, sea.begun.get()), (1, 2), "what was begun is kept");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_given_up() {
    alone(async {
        let limits = Limits { create_max: Duration::from_secs(2), ..at_most(1) };
        let (hire, sea) = hire(limits);
        sea.building.set(Luck::Stuck);
        let begin = Instant::now();
        assert_eq!(error(hire.acquire().await), AcquireError::CreateTimedOut);
        assert_eq!((begin.elapsed().as_secs(), sea.there.get(), hire.statistics().open), (2, 0, 0));
        sea.building.set(Luck::Good);
        assert_eq!(lend(&hire).await.number, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_one_attempt() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        sea.building.set(Luck::Panic);
        assert_eq!(error(hire.acquire().await), AcquireError::CreateLost);
        assert_eq!((sea.begun.get(), hire.statistics().open), (1, 0));
        sea.building.set(Luck::Good);
        assert_eq!(lend(&hire).await.number, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_not_told_to_who_will_be_served_all_the_same() {
    alone(async {
        let (hire, sea) = hire(at_most(2));
        sea.building.set(Luck::Slow(Duration::from_secs(2)));
        let first = waiting(&hire);
        settle().await;
        sea.building.set(Luck::SlowlyBad(Duration::from_secs(1)));
        let second = waiting(&hire);
        settle().await;
        // Two are being made, of which one will fail, and one caller is left.
        drop(second);
        sleep(Duration::from_millis(1500)).await;
        assert!(!first.is_woken() && hire.statistics().totals.failed == 1);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(first.end_woken().expect("the other one is made for it").number, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn clients_with_little_patience_get_a_slow_one_in_the_end() {
    alone(async {
        let patience = Duration::from_millis(500);
        let (hire, sea) = hire(Limits { acquire_max: patience, ..at_most(5) });
        sea.building.set(Luck::Slow(Duration::from_secs(2)));
        let mut tries = 0;
        while hire.acquire().await.is_err() {
            tries += 1;
            assert!(tries < 10, "what was begun is broken off");
        }
        assert!(sea.begun.get() < 5, "{} were begun", sea.begun.get());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_is_not_told_what_failed_before() {
    alone(async {
        let (hire, sea) = hire(at_most(2));
        sea.building.set(Luck::SlowlyBad(Duration::from_secs(3)));
        let first = waiting(&hire);
        settle().await;
        drop(first);
        sleep(Duration::from_secs(2)).await;
        sea.building.set(Luck::Good);
        let mut second = waiting(&hire);
        sleep(Duration::from_secs(2)).await;
        assert!(second.is_woken() && second.poll().is_pending(), "it has one begun for itself");
        settle().await;
        let boat = second.end_woken().expect("what began before it came is not its failure");
        assert_eq!((boat.number, hire.statistics().totals.failed), (1, 1));
    })
    .await;
}
