//! What is sent again.

use std::time::Duration;

use async_io::http_client::{ClientError, Options, Retries};
use tokio::time::Instant;

use crate::town::{BAKER, Door, alone, get, post, settle, text, world};

/// The longest pauses after the first and the second attempt.
const PAUSES_MAX: Duration = Duration::from_millis(50 + 100);

#[tokio::test(start_paused = true)]
async fn what_may_be_done_twice_is_sent_again_when_its_connection_breaks() {
    alone(async {
        let world = world(Options::default());
        world.town.flaws.set(2);
        let begin = Instant::now();
        assert_eq!(text(world.get("http://baker/flaky").await), "hello");
        assert!(begin.elapsed() <= PAUSES_MAX + Duration::from_millis(5), "{:?}", begin.elapsed());
        assert_eq!((world.received(), world.client.statistics().repeated), (3, 2));
        assert_eq!(world.client.statistics().requests, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_done_twice_is_not() {
    alone(async {
        let world = world(Options::default());
        world.get("http://baker/").await.expect("an answer");
        for visits in [1, 2] {
            // Over a kept connection first, and over a new one.
            world.town.flaws.set(1);
            let error = world.send(post("http://baker/flaky")).await.expect_err("it broke");
            assert!(matches!(error, ClientError::Broken(_)), "{error:?}");
            assert_eq!((world.town.visits(), world.client.statistics().repeated), (visits, 0));
        }
        assert_eq!(world.received(), 3);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_caller_knows_better_what_may_be_done_twice() {
    alone(async {
        let world = world(Options::default());
        world.town.flaws.set(1);
        let mut request = post("http://baker/flaky");
        request.idempotent = true;
        assert_eq!(text(world.send(request).await), "hello");
        world.town.flaws.set(1);
        let mut request = get("http://baker/flaky");
        request.idempotent = false;
        world.send(request).await.expect_err("it broke");
        assert_eq!(world.client.statistics().repeated, 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_off_is_asked_for_again_so_often() {
    alone(async {
        let world = world(Options::default());
        let error = world.get("http://baker/cut").await.expect_err("it never comes whole");
        assert!(matches!(error, ClientError::Broken(_)), "{error:?}");
        assert_eq!((world.received(), world.client.statistics().repeated), (3, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_is_tried_again_whatever_it_is() {
    alone(async {
        let world = world(Options::default());
        let error = world.send(post("http://10.9.9.9/")).await.expect_err("nobody is there");
        assert!(matches!(error, ClientError::Connect { .. }), "{error:?}");
        assert_eq!(world.town.visits(), 3);
        world.town.opens(BAKER, Door::Slammed);
        let error = world.send(post("http://baker/")).await.expect_err("the door is shut");
        assert!(matches!(error, ClientError::Broken(_)), "{error:?}");
        assert_eq!((world.town.visits(), world.received()), (6, 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_that_turns_out_to_be_closed_costs_nothing() {
    alone(async {
        let world = world(Options::default());
        let tasks = [(); 5].map(|()| world.spawn(get("http://baker/wait")));
        settle().await;
        world.town.go_on.notify_waiters();
        for task in tasks {
            task.await.unwrap().expect("an answer");
        }
        settle().await;
        world.town.close_all();
        // Nothing has had a turn since: the client cannot know it yet.
        assert_eq!(text(world.send(post("http://baker/")).await), "hello");
        let statistics = world.client.statistics();
        assert_eq!((statistics.repeated, statistics.connections), (0, 1));
        assert_eq!((world.received(), world.town.visits()), (6, 6));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_is_too_slow_is_not_asked_twice() {
    alone(async {
        let world = world(Options::default());
        for path in ["never", "stuck", "garbage", "gone"] {
            let before = world.received();
            let _ = world.get(&format!("http://baker/{path}")).await;
            assert_eq!(world.received(), before + 1, "/{path}");
        }
    })
    .await;
}

/// In an outage: how many requests of so many were sent in vain, repetitions included, and the last error.
async fn outage(retries: Retries, requests: usize) -> (usize, ClientError) {
    let mut outcome = None;
    alone(async {
        let world = world(Options { retries, ..Options::default() });
        let mut last = None;
        for _ in 0..requests {
            last = world.get("http://baker/break").await.err();
        }
        let statistics = world.client.statistics();
        assert_eq!(statistics.requests as usize, requests);
        assert_eq!(world.received(), requests + statistics.repeated as usize);
        outcome = Some((world.received(), last.expect("they fail")));
    })
    .await;
    outcome.expect("it has run")
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_multiplied() {
    let retries = Retries { reserve: 10, ..Retries::default() };
    let (sent, _) = outage(retries, 1000).await;
    // The reserve is spent by the first requests; what comes after them has its share.
    assert!(
        (1200..=1210).contains(&sent),
        "{sent} were sent for 1000, of which a fifth may be repeated"
    );
}

#[tokio::test(start_paused = true)]
async fn where_each_request_pays_for_a_repetition_each_is_repeated_once() {
    let retries = Retries { reserve: 10, share_percent: 100, ..Retries::default() };
    let (sent, _) = outage(retries, 1000).await;
    assert!((1990..=2010).contains(&sent), "{sent} were sent for 1000, with a share of 100 %");
}

#[tokio::test(start_paused = true)]
async fn who_finds_the_budget_spent_is_told_so_and_why() {
    let retries = Retries { reserve: 10, share_percent: 0, ..Retries::default() };
    let (sent, error) = outage(retries, 100).await;
    assert_eq!(sent, 110, "100 requests, and the reserve");
    match error {
        ClientError::BudgetSpent(cause) => assert!(matches!(*cause, ClientError::Broken(_))),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn who_may_send_once_sends_once() {
    let (sent, error) = outage(Retries { attempts_max: 1, ..Retries::default() }, 100).await;
    assert_eq!(sent, 100);
    assert!(matches!(error, ClientError::Broken(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_in_which_nothing_is_sent_is_not_multiplied_either() {
    alone(async {
        let retries = Retries { reserve: 5, share_percent: 0, ..Retries::default() };
        let world = world(Options { retries, ..Options::default() });
        for _ in 0..20 {
            world.get("http://10.9.9.9/").await.expect_err("nobody is there");
        }
        assert_eq!(world.town.visits(), 20 + 5, "attempts, of 20 requests and a reserve of 5");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_more_is_saved_up_than_the_reserve() {
    alone(async {
        let retries = Retries { share_percent: 100, reserve: 2, ..Retries::default() };
        let world = world(Options { retries, ..Options::default() });
        for _ in 0..50 {
            world.get("http://baker/").await.expect("an answer");
        }
        let tasks = [(); 10].map(|()| world.spawn(get("http://baker/break")));
        for task in tasks {
            task.await.unwrap().expect_err("it breaks");
        }
        // Each of the ten pays in one, and two were saved; but when the ten pay in there is room for none.
        assert_eq!(world.client.statistics().repeated, 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_is_down_spends_nobody_else_s_budget() {
    alone(async {
        let retries = Retries { reserve: 1, share_percent: 0, ..Retries::default() };
        let world = world(Options { retries, ..Options::default() });
        for _ in 0..5 {
            world.get("http://baker/break").await.expect_err("it breaks");
        }
        let statistics = world.client.statistics();
        assert_eq!((statistics.repeated, statistics.refused), (1, 5));
        world.town.flaws.set(1);
        assert_eq!(text(world.get("http://tailor/flaky").await), "hello");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn pauses_differ() {
    alone(async {
        let world = world(Options::default());
        let mut took = Vec::new();
        for _ in 0..20 {
            world.town.flaws.set(2);
            let begin = Instant::now();
            world.get("http://baker/flaky").await.expect("an answer");
            took.push(begin.elapsed());
            assert!(begin.elapsed() <= PAUSES_MAX + Duration::from_millis(5), "{took:?}");
        }
        took.sort_unstable();
        took.dedup();
        assert!(took.len() > 5, "all come back at the same time: {took:?}");
        assert!(took[took.len() - 1] > PAUSES_MAX / 3, "there are pauses: {took:?}");
    })
    .await;
}
