//! What the pool does by itself.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use async_io::pool::Limits;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use crate::boats::{Luck, alone, error, hire, lend, maintained, settle, waiting};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn the_least_number_is_there_before_anybody_asks() {
    alone(async {
        let (hire, sea) = maintained(Limits::default());
        settle().await;
        assert_eq!((hire.statistics().idle, sea.begun.get()), (10, 10));
        sleep(HOUR).await;
        assert_eq!((hire.statistics().idle, sea.begun.get()), (10, 10), "and it stays there");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_many_is_closed_when_it_has_been_idle_for_long() {
    alone(async {
        let limits = Limits { min: 2, max: 5, ..Limits::default() };
        let (hire, sea) = maintained(limits);
        let boats = [
            lend(&hire).await,
            lend(&hire).await,
            lend(&hire).await,
            lend(&hire).await,
            lend(&hire).await,
        ];
        let [first, second, third, fourth, fifth] = boats;
        drop([first, second]);
        sleep(limits.idle_max / 2).await;
        drop([third, fourth, fifth]);
        sleep(limits.idle_max / 2 - Duration::from_millis(10)).await;
        assert_eq!(sea.there.get(), 5);
        sleep(Duration::from_millis(20)).await;
        assert_eq!(sea.there.get(), 3, "two were idle for long");
        sleep(limits.idle_max / 2).await;
        assert_eq!(sea.there.get(), 2, "two are kept");
        sleep(HOUR).await;
        assert_eq!((sea.there.get(), hire.statistics().closed()), (2, 3));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_one_keeps_nothing_but_itself_open() {
    alone(async {
        let limits = Limits { min: 0, max: 5, ..Limits::default() };
        let (hire, sea) = maintained(limits);
        drop([lend(&hire).await, lend(&hire).await, lend(&hire).await]);
        for _ in 0..600 {
            drop(lend(&hire).await);
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(sea.there.get(), 1, "the two below have been idle for long");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_broken_or_used_up_is_replaced() {
    alone(async {
        let (hire, sea) = maintained(Limits { min: 3, uses_max: 2, ..Limits::default() });
        settle().await;
        lend(&hire).await.discard();
        settle().await;
        assert_eq!((hire.statistics().idle, sea.begun.get()), (3, 4));
        for _ in 0..2 {
            drop(lend(&hire).await);
        }
        settle().await;
        assert_eq!((hire.statistics().idle, sea.begun.get()), (3, 5));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_made_is_tried_again_after_pauses_that_grow() {
    alone(async {
        let (hire, sea) = hire(Limits::default());
        sea.building.set(Luck::Bad);
        spawn_local(Rc::clone(&hire).maintain());
        sleep(Duration::from_secs(1)).await;
        let in_the_first_second = sea.begun.get();
        assert!(
            (12..=15).contains(&in_the_first_second),
            "ten, then one by one: {in_the_first_second}"
        );
        sleep(Duration::from_secs(60)).await;
        let before = sea.begun.get();
        sleep(HOUR).await;
        let in_an_hour = sea.begun.get() - before;
        assert!((350..=370).contains(&in_an_hour), "one in ten seconds: {in_an_hour}");
        sea.building.set(Luck::Good);
        sleep(Duration::from_secs(11)).await;
        assert_eq!(hire.statistics().idle, 10, "when it works again, all are made");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_does_not_wait_for_the_next_attempt() {
    alone(async {
        let (hire, sea) = maintained(Limits::default());
        sea.building.set(Luck::Bad);
        sleep(HOUR).await;
        let begin = Instant::now();
        error(hire.acquire().await);
        sea.building.set(Luck::Good);
        drop(lend(&hire).await);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        settle().await;
        assert_eq!(hire.statistics().idle, 10, "it works again");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn it_sleeps_while_there_is_nothing_to_do() {
    alone(async {
        for building in [Luck::Good, Luck::Bad, Luck::Stuck] {
            let (hire, sea) = hire(Limits::default());
            sea.building.set(building);
            let polls = Rc::<Cell<u32>>::default();
            let (counted, tended) = (Rc::clone(&polls), Rc::clone(&hire));
            spawn_local(async move {
                let mut maintained = pin!(tended.maintain());
                poll_fn(|context| {
                    counted.set(counted.get() + 1);
                    maintained.as_mut().poll(context)
                })
                .await;
            });
            sleep(HOUR).await;
            let polls = polls.get();
            assert!(polls < 1500, "{building:?}: it was polled {polls} times in an hour");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn it_does_not_keep_the_pool_alive() {
    alone(async {
        let (hire, sea) = hire(Limits::default());
        let maintained = spawn_local(Rc::clone(&hire).maintain());
        settle().await;
        assert_eq!((Rc::strong_count(&hire), sea.there.get()), (1, 10));
        drop(hire);
        settle().await;
        assert!(maintained.is_finished(), "it ends with the pool");
        assert_eq!(sea.there.get(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_it_makes_serves_who_waits() {
    alone(async {
        let (hire, sea) = maintained(Limits { min: 1, max: 1, ..Limits::default() });
        sea.building.set(Luck::Slow(Duration::from_secs(1)));
        settle().await;
        assert_eq!(sea.begun.get(), 1);
        let task = waiting(&hire);
        sleep(Duration::from_secs(2)).await;
        assert_eq!((task.end_woken().is_ok(), sea.begun.get()), (true, 1));
    })
    .await;
}
