//! How many connections there are.

use std::time::Duration;

use async_io::http_client::{Client, ClientError, Options, System};
use tokio::time::{Instant, sleep};

use crate::town::{BAKER, Door, SMITH, alone, get, settle, text, world};

#[tokio::test(start_paused = true)]
async fn one_authority_has_so_many_and_the_others_wait() {
    alone(async {
        let world = world(Options { connections_per_authority_max: 2, ..Options::default() });
        let tasks = [(); 5].map(|()| world.spawn(get("http://baker/wait")));
        settle().await;
        assert_eq!((world.received(), world.town.open.get()), (2, 2));
        assert_eq!(text(world.get("http://tailor/").await), "hello", "the others do not mind");
        for task in tasks {
            world.town.go_on.notify_one();
            assert_eq!(text(task.await.unwrap()), "waited");
        }
        assert_eq!((world.received(), world.town.visits()), (6, 3));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn all_together_have_so_many() {
    alone(async {
        let world = world(Options { connections_max: 2, ..Options::default() });
        let urls = ["http://baker/wait", "http://tailor/wait", "http://smith/wait"];
        let tasks: Vec<_> = urls.iter().cycle().take(9).map(|url| world.spawn(get(url))).collect();
        for task in tasks {
            settle().await;
            // Whoever waits at the servers may go on.
            world.town.go_on.notify_waiters();
            assert_eq!(text(task.await.unwrap()), "waited");
        }
        assert_eq!((world.received(), world.town.most.get()), (9, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_makes_room_for_another_authority() {
    alone(async {
        let world = world(Options { connections_max: 2, ..Options::default() });
        for name in ["baker", "tailor", "baker", "smith", "baker"] {
            assert_eq!(text(world.get(&format!("http://{name}/")).await), "hello");
        }
        // The tailor's was used least lately, and made room for the smith's.
        assert_eq!((world.town.visits(), world.town.most.get()), (3, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_closed_already_makes_no_room() {
    alone(async {
        let world = world(Options { connections_max: 2, ..Options::default() });
        world.get("http://baker/").await.expect("an answer");
        world.town.close_all();
        settle().await;
        world.get("http://tailor/").await.expect("an answer");
        world.get("http://smith/").await.expect("an answer");
        // The baker's is still remembered, but its place was free already.
        let begin = Instant::now();
        assert_eq!(text(world.get("http://10.0.0.1/").await), "hello");
        assert_eq!((begin.elapsed(), world.town.most.get()), (Duration::ZERO, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_authority_starves_no_other() {
    alone(async {
        let world = world(Options { connections_max: 1, ..Options::default() });
        let first = world.spawn(get("http://baker/wait"));
        settle().await;
        let busy = [(); 3].map(|()| world.spawn(get("http://baker/wait")));
        settle().await;
        let other = world.spawn(get("http://tailor/"));
        settle().await;
        assert_eq!(world.received(), 1);
        world.town.go_on.notify_one();
        assert_eq!(text(first.await.unwrap()), "waited");
        assert_eq!(text(other.await.unwrap()), "hello", "it does not wait for all of the baker's");
        for task in busy {
            settle().await;
            world.town.go_on.notify_one();
            assert_eq!(text(task.await.unwrap()), "waited");
        }
        assert_eq!(world.town.most.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_waits_for_any_more_makes_room() {
    alone(async {
        let world = world(Options { connections_max: 1, ..Options::default() });
        world.town.opens(BAKER, Door::Slow(Duration::from_secs(1)));
        let leaves = world.spawn(get("http://baker/"));
        settle().await;
        leaves.abort();
        let begin = Instant::now();
        assert_eq!(text(world.get("http://tailor/").await), "hello");
        assert_eq!(begin.elapsed().as_secs(), 1, "as soon as it has come about");
        assert_eq!(world.town.most.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn places_come_back_whatever_happens() {
    alone(async {
        let options = Options {
            connections_max: 1,
            answer_max: Duration::from_secs(1),
            ..Options::default()
        };
        let world = world(options);
        for path in ["never", "break", "cut", "garbage", "close", "nowhere", ""] {
            let host = if path == "nowhere" { "10.9.9.9" } else { "baker" };
            let _ = world.get(&format!("http://{host}/{path}")).await;
            assert_eq!(text(world.get("http://tailor/").await), "hello", "after /{path}");
        }
        assert_eq!(world.town.most.get(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn so_many_authorities_are_remembered() {
    alone(async {
        let world = world(Options { authorities_max: 2, ..Options::default() });
        for name in ["baker", "tailor", "baker", "smith"] {
            world.get(&format!("http://{name}/")).await.expect("an answer");
        }
        settle().await;
        let statistics = world.client.statistics();
        assert_eq!((statistics.authorities, statistics.connections), (2, 2));
        assert_eq!(world.town.open.get(), 2, "the tailor's is closed");
        world.get("http://baker/").await.expect("an answer");
        assert_eq!(world.town.visits(), 3, "the baker's is kept");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_authority_in_use_is_not_forgotten() {
    alone(async {
        let world = world(Options { authorities_max: 1, ..Options::default() });
        let task = world.spawn(get("http://baker/wait"));
        settle().await;
        let error = world.get("http://tailor/").await.expect_err("there is no room");
        assert!(matches!(error, ClientError::Crowded), "{error:?}");
        world.town.go_on.notify_one();
        assert_eq!(text(task.await.unwrap()), "waited");
        assert_eq!(text(world.get("http://tailor/").await), "hello");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_when_too_many_wait_is_told_at_once() {
    alone(async {
        let world = world(Options {
            connections_per_authority_max: 1,
            waiting_max: 1,
            ..Options::default()
        });
        let first = world.spawn(get("http://baker/wait"));
        settle().await;
        let second = world.spawn(get("http://baker/wait"));
        settle().await;
        let begin = Instant::now();
        let error = world.get("http://baker/").await.expect_err("the queue is full");
        assert!(matches!(error, ClientError::Crowded), "{error:?}");
        assert_eq!(begin.elapsed(), Duration::ZERO);
        for task in [first, second] {
            world.town.go_on.notify_one();
            assert_eq!(text(task.await.unwrap()), "waited");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_closes_its_connections() {
    alone(async {
        let world = world(Options::default());
        world.get("http://baker/").await.expect("an answer");
        world.get("http://tailor/").await.expect("an answer");
        world.town.opens(SMITH, Door::Slow(Duration::from_secs(1)));
        let coming_about = world.spawn(get("http://smith/"));
        settle().await;
        coming_about.abort();
        settle().await;
        let (town, register) = (world.town.clone(), world.register.clone());
        drop(world);
        settle().await;
        assert_eq!(town.open.get(), 0, "what was idle is closed now");
        sleep(Duration::from_secs(2)).await;
        assert_eq!((town.visits(), town.open.get()), (3, 0), "and the last as soon as it is there");
        assert_eq!(
            std::rc::Rc::strong_count(&register),
            1,
            "nobody is left who could ask for a name"
        );
    })
    .await;
}

#[test]
fn options_that_contradict_themselves_are_refused() {
    let sound = Options::default();
    let wrong = [
        (Options { connections_max: 0, ..sound }, "max"),
        (Options { connections_per_authority_max: 0, ..sound }, "max"),
        (Options { authorities_max: 0, ..sound }, "authorities_max"),
        (Options { waiting_max: 0, ..sound }, "waiting_max"),
        (Options { idle_max: Duration::ZERO, ..sound }, "idle_max"),
        (Options { wait_max: Duration::ZERO, ..sound }, "create_max"),
    ];
    for (options, name) in wrong {
        assert_eq!(Client::new(options, System).expect_err(name).limit, name);
    }
    assert!(Client::new(Options { connections_max: usize::MAX, ..sound }, System).is_ok());
}

#[test]
fn the_course_s_numbers_are_the_default() {
    let Options { connections_max, names, .. } = Options::default();
    assert_eq!((connections_max, names.ttl.as_secs()), (1000, 300));
}
