//! The pool's own end.

use std::rc::Rc;
use std::time::Duration;

use async_io::pool::{AcquireError, Limits, Undrained};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use crate::boats::{Luck, alone, at_most, error, hire, lend, maintained, settle, waiting};

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_closed_pool_lends_nothing() {
    alone(async {
        let (hire, sea) = hire(at_most(3));
        drop([lend(&hire).await, lend(&hire).await]);
        hire.close();
        assert_eq!(sea.there.get(), 0, "what was idle is closed now");
        assert_eq!(error(hire.acquire().await), AcquireError::Closed);
        assert_eq!(hire.drained(DEADLINE).await, Ok(()));
        hire.close();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_told_that_it_is_closed() {
    alone(async {
        let (hire, _) = hire(at_most(1));
        let _boat = lend(&hire).await;
        let tasks = [waiting(&hire), waiting(&hire)];
        hire.close();
        for task in tasks {
            assert_eq!(error(task.end_woken()), AcquireError::Closed);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn it_is_drained_when_the_last_one_is_back() {
    alone(async {
        let (hire, sea) = hire(at_most(3));
        let boats = [lend(&hire).await, lend(&hire).await];
        hire.close();
        let begin = Instant::now();
        spawn_local(async move {
            for boat in boats {
                sleep(Duration::from_secs(5)).await;
                drop(boat);
            }
        });
        assert_eq!(hire.drained(DEADLINE).await, Ok(()));
        assert_eq!((begin.elapsed().as_secs(), sea.there.get()), (10, 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_for_the_end_are_told() {
    alone(async {
        let (hire, _) = hire(at_most(1));
        let boat = lend(&hire).await;
        hire.close();
        let waiting = [(); 2].map(|()| {
            let hire = Rc::clone(&hire);
            spawn_local(async move { hire.drained(DEADLINE).await })
        });
        settle().await;
        drop(boat);
        for task in waiting {
            assert_eq!(task.await.expect("no panic"), Ok(()));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_to_one_who_leaves_behind_the_end_is_closed() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let boat = lend(&hire).await;
        let leaves = waiting(&hire);
        drop(boat);
        hire.close();
        drop(leaves);
        assert_eq!((hire.statistics().open, sea.there.get()), (0, 0));
        assert_eq!(hire.drained(DEADLINE).await, Ok(()));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_it_says_how_many_are_left() {
    alone(async {
        let (hire, sea) = hire(at_most(3));
        let boats = [lend(&hire).await, lend(&hire).await];
        drop(lend(&hire).await);
        hire.close();
        let begin = Instant::now();
        assert_eq!(hire.drained(DEADLINE).await, Err(Undrained { open: 2 }));
        assert_eq!(begin.elapsed().as_secs(), DEADLINE.as_secs());
        drop(boats);
        assert_eq!((hire.drained(Duration::ZERO).await, sea.there.get()), (Ok(()), 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_being_made_is_waited_for_and_closed() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        sea.building.set(Luck::Slow(Duration::from_secs(1)));
        let task = waiting(&hire);
        settle().await;
        hire.close();
        assert_eq!(error(task.end_woken()), AcquireError::Closed);
        assert_eq!(hire.drained(Duration::ZERO).await, Err(Undrained { open: 1 }));
        assert_eq!(hire.drained(DEADLINE).await, Ok(()));
        assert_eq!(sea.there.get(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_closed_pool_is_looked_after_no_more() {
    alone(async {
        for limits in [Limits::default(), at_most(2)] {
            let (hire, sea) = hire(limits);
            let maintained = spawn_local(Rc::clone(&hire).maintain());
            settle().await;
            hire.close();
            settle().await;
            assert!(maintained.is_finished(), "with {} at least", limits.min);
            assert_eq!((sea.there.get(), sea.begun.get() as usize), (0, limits.min));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_guard_outlives_the_pool() {
    alone(async {
        let (hire, sea) = maintained(at_most(1));
        let boat = lend(&hire).await;
        drop(hire);
        settle().await;
        assert_eq!((boat.number, sea.there.get()), (1, 1));
        drop(boat);
        assert_eq!(sea.there.get(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_one_that_has_been_idle_longest_can_be_taken_back() {
    alone(async {
        let (hire, sea) = hire(at_most(3));
        let [kept, second, third] = [lend(&hire).await, lend(&hire).await, lend(&hire).await];
        drop(second);
        drop(third);
        assert!(hire.evict());
        assert_eq!((sea.there.get(), lend(&hire).await.number), (2, 3));
        assert!(hire.evict());
        assert!(!hire.evict(), "the last one is lent");
        drop(kept);
        assert_eq!(lend(&hire).await.number, 1);
    })
    .await;
}

#[test]
fn an_event_loop_that_ends_leaves_nothing() {
    let sea = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let local = tokio::task::LocalSet::new();
        let (sea, guard) = local.block_on(&runtime, async {
            let (hire, sea) = maintained(at_most(2));
            sea.building.set(Luck::Good);
            let guard = lend(&hire).await;
            sea.building.set(Luck::Stuck);
            for _ in 0..3 {
                let hire = Rc::clone(&hire);
                spawn_local(async move { drop(hire.acquire().await) });
            }
            settle().await;
            assert_eq!(hire.statistics().waiting, 3);
            (sea, guard)
        });
        drop(local);
        guard.discard();
        sea
    };
    assert_eq!(sea.there.get(), 0);
}
