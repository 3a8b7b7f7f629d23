//! Callers that leave.

use std::rc::Rc;
use std::time::Duration;

use async_io::pool::Guard;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::boats::{Hire, Luck, Sea, alone, asking, at_most, hire, lend, settle, waiting};

/// All places are there: so many can be lent at the same time, and not one more.
async fn all_there(hire: &Hire, sea: &Sea, max: usize) {
    sea.building.set(Luck::Good);
    sea.trying.set(Luck::Good);
    // What has been begun comes to its end.
    sleep(Duration::from_secs(100)).await;
    let mut boats = Vec::new();
    for _ in 0..max {
        boats.push(lend(hire).await);
    }
    let one_more = waiting(hire);
    settle().await;
    assert!(!one_more.is_woken(), "more than {max} are lent");
    assert_eq!((sea.there.get(), hire.statistics().waiting), (max, 1));
    drop(boats);
    drop(one_more);
    assert_eq!(hire.statistics().idle, max);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_the_queue_is_skipped() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let boat = lend(&hire).await;
        let [first, second, third] = [waiting(&hire), waiting(&hire), waiting(&hire)];
        drop(second);
        drop(first);
        assert_eq!(hire.statistics().waiting, 1);
        drop(boat);
        drop(third.end_woken().expect("it is its turn"));
        all_there(&hire, &sea, 1).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_to_one_who_leaves_goes_to_the_next() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let boat = lend(&hire).await;
        let [first, second] = [waiting(&hire), waiting(&hire)];
        drop(boat);
        assert!(first.is_woken() && !second.is_woken());
        drop(first);
        drop(second.end_woken().expect("it is its turn"));
        all_there(&hire, &sea, 1).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_was_woken_to_have_one_made_and_leaves_wakes_the_next() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let boat = lend(&hire).await;
        let [first, mut second] = [waiting(&hire), waiting(&hire)];
        boat.discard();
        assert!(first.is_woken() && !second.is_woken());
        drop(first);
        assert!(second.is_woken(), "somebody has to begin");
        assert!(second.poll().is_pending());
        settle().await;
        assert_eq!(second.end_woken().expect("it is made").number, 2);
        all_there(&hire, &sea, 1).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_is_handed_one_when_it_was_woken_to_have_one_made_looks_after_the_rest() {
    alone(async {
        let (hire, sea) = hire(at_most(2));
        let [one, other] = [lend(&hire).await, lend(&hire).await];
        let [first, second] = [waiting(&hire), waiting(&hire)];
        one.discard();
        drop(other);
        let boats = [first.end_woken().expect("it is handed one"), {
            settle().await;
            second.end_woken().expect("one was made for it")
        }];
        assert_eq!(boats.each_ref().map(|boat| boat.number), [2, 3]);
        drop(boats);
        all_there(&hire, &sea, 2).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn two_places_that_become_free_at_the_same_time_serve_two() {
    alone(async {
        let (hire, sea) = hire(at_most(2));
        let boats = [lend(&hire).await, lend(&hire).await];
        let [mut first, second] = [waiting(&hire), waiting(&hire)];
        boats.into_iter().for_each(Guard::discard);
        assert!(first.is_woken() && !second.is_woken(), "one is enough to begin");
        assert!(first.poll().is_pending());
        settle().await;
        let boats = [first, second].map(|task| task.end_woken().expect("it was made"));
        assert_eq!(boats.map(|boat| boat.number), [3, 4]);
        all_there(&hire, &sea, 2).await;
    })
    .await;
}

/// Polls a caller so often, one millisecond apart, and drops it then. Returns whether it had what it came for.
async fn leave_after(hire: &Hire, polls: u32) -> bool {
    let mut task = asking(hire);
    for _ in 0..polls {
        if task.poll().is_ready() {
            return true;
        }
        sleep(Duration::from_millis(1)).await;
    }
    false
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_be_dropped_at_every_await() {
    let slow = Luck::Slow(Duration::from_millis(3));
    for polls in 0.. {
        let mut served = false;
        alone(async {
            let (hire, sea) = hire(at_most(2));
            sea.building.set(slow);
            served = leave_after(&hire, polls).await;
            all_there(&hire, &sea, 2).await;
            assert_eq!(sea.begun.get(), 2, "what was begun for who has left is kept");
        })
        .await;
        if served {
            assert!(polls > 3, "it was dropped while it waited");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_be_dropped_in_the_middle_of_a_check() {
    for (checks, polls) in
        [Luck::Slow(Duration::from_millis(3)), Luck::SlowlyBad(Duration::from_millis(3))]
            .into_iter()
            .flat_map(|checks| (0..8).map(move |polls| (checks, polls)))
    {
        alone(async {
            let limits = at_most(2);
            let (hire, sea) = hire(limits);
            drop([lend(&hire).await, lend(&hire).await]);
            sleep(limits.check_after).await;
            sea.trying.set(checks);
            let served = leave_after(&hire, polls).await;
            let half_checked = (1..=3).contains(&polls);
            if half_checked {
                assert!(!served && sea.there.get() == 1, "{checks:?}, {polls}: it is closed");
            }
            all_there(&hire, &sea, 2).await;
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_guard_goes_back_when_its_user_panics() {
    alone(async {
        let (hire, sea) = hire(at_most(1));
        let user = Rc::clone(&hire);
        let panicked = spawn_local(async move {
            let _boat = lend(&user).await;
            panic!("the user's own fault");
        });
        assert!(panicked.await.is_err());
        all_there(&hire, &sea, 1).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_check_costs_the_boat_and_not_its_place() {
    alone(async {
        let limits = at_most(1);
        let (hire, sea) = hire(limits);
        drop(lend(&hire).await);
        sleep(limits.check_after).await;
        sea.trying.set(Luck::Panic);
        let user = Rc::clone(&hire);
        assert!(spawn_local(async move { drop(user.acquire().await) }).await.is_err());
        assert_eq!(sea.there.get(), 0);
        all_there(&hire, &sea, 1).await;
    })
    .await;
}
