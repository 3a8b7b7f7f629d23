//! Who is too slow.

use std::time::Duration;

use async_io::http_client::{ClientError, Options, Phase};
use tokio::time::{Instant, sleep};

use crate::town::{BAKER, Door, TAILOR, World, alone, get, settle, text, world};

const SECOND: Duration = Duration::from_secs(1);

/// The time that a request takes which has to end with a time-out.
async fn timed_out(world: &World, url: &str) -> (Phase, u64) {
    let begin = Instant::now();
    match world.get(url).await {
        Err(ClientError::TimedOut(phase)) => (phase, begin.elapsed().as_secs()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_does_not_answer_is_left_for_the_next_one() {
    alone(async {
        let world = world(Options { connect_max: 2 * SECOND, ..Options::default() });
        world.town.opens(BAKER, Door::Stuck);
        world.register.says("baker", &[BAKER, TAILOR]);
        let begin = Instant::now();
        assert_eq!(text(world.get("http://baker/").await), "hello");
        assert_eq!((begin.elapsed().as_secs(), world.town.visits()), (2, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn each_phase_has_its_own_limit() {
    alone(async {
        let options = Options {
            wait_max: 5 * SECOND,
            connect_max: 60 * SECOND,
            answer_max: 7 * SECOND,
            body_max: 11 * SECOND,
            ..Options::default()
        };
        let world = world(options);
        assert_eq!(timed_out(&world, "http://baker/never").await, (Phase::Answer, 7));
        assert_eq!(timed_out(&world, "http://baker/stuck").await, (Phase::Body, 11));
        settle().await;
        assert_eq!(world.town.open.get(), 0, "what was half done is closed");
        world.town.opens(BAKER, Door::Stuck);
        assert_eq!(timed_out(&world, "http://baker/").await, (Phase::Connection, 5));
        world.register.takes.set(60 * SECOND);
        assert_eq!(timed_out(&world, "http://tailor/").await, (Phase::Connection, 5));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_takes_is_given_up() {
    alone(async {
        let world = world(Options { answer_max: 7 * SECOND, ..Options::default() });
        world.town.opens(BAKER, Door::Deaf);
        let mut request = get("http://baker/");
        request.body = vec![b'x'; 1 << 20].into();
        let begin = Instant::now();
        let error = world.send(request).await.expect_err("nobody listens");
        assert!(matches!(error, ClientError::TimedOut(Phase::Answer)), "{error:?}");
        settle().await;
        assert_eq!((begin.elapsed().as_secs(), world.town.open.get()), (7, 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_its_turn_waits_no_longer_than_for_a_connection() {
    alone(async {
        let options = Options {
            connections_max: 1,
            wait_max: 5 * SECOND,
            answer_max: 60 * SECOND,
            ..Options::default()
        };
        let world = world(options);
        let task = world.spawn(get("http://baker/never"));
        settle().await;
        let begin = Instant::now();
        let urls = ["http://baker/", "http://tailor/"];
        for waiting in urls.map(|url| world.spawn(get(url))) {
            let error = waiting.await.unwrap().expect_err("there is one connection");
            assert!(matches!(error, ClientError::TimedOut(Phase::Connection)), "{error:?}");
        }
        assert_eq!(begin.elapsed().as_secs(), 5);
        task.abort();
        assert_eq!(text(world.get("http://tailor/").await), "hello");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_idle_for_long_is_closed() {
    alone(async {
        let options = Options::default();
        let world = world(options);
        world.get("http://baker/").await.expect("an answer");
        sleep(options.idle_max - SECOND).await;
        assert_eq!(world.town.open.get(), 1);
        world.get("http://baker/").await.expect("an answer");
        assert_eq!(world.town.visits(), 1, "it was used again");
        sleep(2 * options.idle_max).await;
        assert_eq!((world.town.open.get(), world.client.statistics().connections), (0, 0));
    })
    .await;
}
