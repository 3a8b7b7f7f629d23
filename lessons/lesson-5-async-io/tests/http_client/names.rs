//! Names and addresses.

use std::time::Duration;

use async_io::http_client::{ClientError, Names, Options, Phase};
use tokio::time::sleep;

use crate::town::{BAKER, Door, SMITH, TAILOR, World, alone, get, settle, text, world};

const SECOND: Duration = Duration::from_secs(1);

/// How soon it is asked again what should be known already.
const RECHECK: Duration = Duration::from_secs(30);

/// Over a new connection, so that the address matters.
async fn visit(world: &World) -> Result<[u8; 4], ClientError> {
    world.get("http://baker/close").await?;
    match world.town.last_visited() {
        std::net::IpAddr::V4(address) => Ok(address.octets()),
        std::net::IpAddr::V6(address) => panic!("{address}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_is_believed_for_its_time_and_asked_again_then() {
    alone(async {
        let world = world(Options::default());
        let ttl = Names::default().ttl;
        assert_eq!(visit(&world).await.unwrap(), BAKER);
        world.register.says("baker", &[TAILOR]);
        sleep(ttl - SECOND).await;
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (BAKER, 1));
        sleep(SECOND).await;
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (TAILOR, 2));
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (TAILOR, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_short_time_is_kept_as_well() {
    alone(async {
        let names = Names { ttl: SECOND, ..Names::default() };
        let world = world(Options { names, ..Options::default() });
        for asked in 1..5 {
            visit(&world).await.unwrap();
            assert_eq!(world.register.asked(), asked);
            sleep(SECOND).await;
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn all_who_want_to_know_ask_once() {
    alone(async {
        let world = world(Options::default());
        world.register.takes.set(SECOND);
        let tasks = [(); 10].map(|()| world.spawn(get("http://baker/")));
        for task in tasks {
            assert_eq!(text(task.await.unwrap()), "hello");
        }
        assert_eq!((world.register.asked(), world.client.statistics().lookups), (1, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn all_who_want_to_know_get_to_know_a_failure() {
    alone(async {
        let world = world(Options::default());
        world.register.takes.set(SECOND);
        let tasks = [(); 10].map(|()| world.spawn(get("http://nobody/")));
        for task in tasks {
            let error = task.await.unwrap().expect_err("there is no such name");
            assert!(matches!(error, ClientError::Resolve { .. }), "{error:?}");
        }
        assert_eq!(world.register.asked(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn that_a_name_is_unknown_is_not_remembered() {
    alone(async {
        let world = world(Options::default());
        world.register.forgets("baker");
        visit(&world).await.expect_err("there is no such name");
        world.register.says("baker", &[]);
        visit(&world).await.expect_err("it has no address");
        world.register.says("baker", &[BAKER]);
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (BAKER, 3));
        assert_eq!(world.client.statistics().repeated, 0, "a name is not asked for twice");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn while_nobody_answers_the_old_address_is_used_for_a_while() {
    alone(async {
        let world = world(Options::default());
        let Names { ttl, stale_max, .. } = Names::default();
        visit(&world).await.unwrap();
        world.register.forgets("baker");
        sleep(ttl).await;
        for asked in 2..5 {
            assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (BAKER, asked));
            assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (BAKER, asked));
            sleep(RECHECK).await;
        }
        sleep(stale_max).await;
        visit(&world).await.expect_err("it is too old to be believed");
        world.register.says("baker", &[TAILOR]);
        assert_eq!(visit(&world).await.unwrap(), TAILOR);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_old_address_is_believed_no_longer_than_it_may_be() {
    alone(async {
        let names = Names { ttl: 10 * SECOND, stale_max: 10 * SECOND, ..Names::default() };
        let world = world(Options { names, ..Options::default() });
        visit(&world).await.unwrap();
        world.register.forgets("baker");
        sleep(15 * SECOND).await;
        visit(&world).await.expect("it is old, and may be used");
        sleep(5 * SECOND).await;
        visit(&world)
            .await
            .expect_err("it may not be used any more, although it was asked just now");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_address_that_was_asked_again_is_as_new_as_the_first() {
    alone(async {
        let names = Names { ttl: 10 * SECOND, stale_max: 10 * SECOND, ..Names::default() };
        let world = world(Options { names, ..Options::default() });
        visit(&world).await.unwrap();
        sleep(15 * SECOND).await;
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (BAKER, 2));
        sleep(9 * SECOND).await;
        visit(&world).await.unwrap();
        assert_eq!(world.register.asked(), 2, "the answer is 9 s old, not 24 s");
        world.register.forgets("baker");
        sleep(9 * SECOND).await;
        visit(&world).await.expect("the answer is 18 s old, and may be used up to 20 s");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_behind_a_failure_is_as_new_as_any_other() {
    alone(async {
        let names = Names { ttl: 10 * SECOND, stale_max: 100 * SECOND, ..Names::default() };
        let world = world(Options { names, ..Options::default() });
        visit(&world).await.unwrap();
        world.register.forgets("baker");
        sleep(50 * SECOND).await;
        visit(&world).await.expect("it is old, and may be used");
        world.register.says("baker", &[BAKER]);
        sleep(RECHECK).await;
        visit(&world).await.unwrap();
        world.register.forgets("baker");
        sleep(100 * SECOND).await;
        visit(&world).await.expect("the answer is 100 s old, and not 180 s");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_does_not_answer_rests_though_addresses_are_believed_for_less() {
    alone(async {
        let names = Names { ttl: SECOND, ..Names::default() };
        let world = world(Options { names, ..Options::default() });
        visit(&world).await.unwrap();
        world.register.forgets("baker");
        sleep(SECOND).await;
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (BAKER, 2));
        sleep(RECHECK - SECOND).await;
        visit(&world).await.unwrap();
        assert_eq!(world.register.asked(), 2, "asked again within 30 s, though it did not answer");
        sleep(SECOND).await;
        visit(&world).await.unwrap();
        assert_eq!(world.register.asked(), 3, "30 s have passed");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_answers_again_is_believed_again() {
    alone(async {
        let world = world(Options::default());
        visit(&world).await.unwrap();
        world.register.forgets("baker");
        sleep(Names::default().ttl).await;
        visit(&world).await.unwrap();
        world.register.says("baker", &[TAILOR]);
        sleep(RECHECK).await;
        assert_eq!(visit(&world).await.unwrap(), TAILOR);
        sleep(RECHECK).await;
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (TAILOR, 3));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_says_nothing_is_left_after_its_time() {
    alone(async {
        let world = world(Options::default());
        visit(&world).await.unwrap();
        let Names { ttl, lookup_max, .. } = Names::default();
        world.register.takes.set(1000 * SECOND);
        sleep(ttl).await;
        let begin = tokio::time::Instant::now();
        assert_eq!(visit(&world).await.unwrap(), BAKER, "the old one");
        assert_eq!(begin.elapsed().as_secs(), lookup_max.as_secs());
        let error = world.get("http://tailor/").await.expect_err("there is no old one");
        assert!(matches!(error, ClientError::Resolve { .. }), "{error:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn all_addresses_are_tried_in_turn() {
    alone(async {
        let world = world(Options::default());
        let nobody = [10, 9, 9, 9];
        world.register.says("baker", &[nobody, BAKER, TAILOR]);
        assert_eq!(visit(&world).await.unwrap(), BAKER);
        assert_eq!(world.town.visits(), 2);
        world.register.says("smith", &[nobody, [10, 9, 9, 8]]);
        match world.get("http://smith/").await {
            Err(ClientError::Connect { address, .. }) => {
                assert_eq!(address, ([10, 9, 9, 8], 80).into(), "the last one");
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn addresses_that_cannot_be_connected_to_are_asked_again_sooner() {
    alone(async {
        let world = world(Options::default());
        visit(&world).await.unwrap();
        // The baker moves, and does not tell.
        world.town.doors.borrow_mut().remove(&BAKER.into());
        world.register.says("baker", &[SMITH]);
        visit(&world).await.expect_err("the old address");
        assert_eq!(world.register.asked(), 1, "it was asked a moment ago");
        sleep(RECHECK).await;
        assert_eq!((visit(&world).await.unwrap(), world.register.asked()), (SMITH, 2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_address_needs_no_name_server() {
    alone(async {
        let world = world(Options::default());
        assert_eq!(text(world.get("http://10.0.0.2/").await), "hello");
        world.get("http://[::1]/").await.expect_err("nobody is there");
        assert_eq!(world.town.last_visited(), std::net::Ipv6Addr::LOCALHOST);
        assert_eq!(world.register.asked(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn when_who_asks_gives_up_the_next_one_asks() {
    alone(async {
        let options = Options { wait_max: 2 * SECOND, ..Options::default() };
        let world = world(options);
        world.register.takes.set(3 * SECOND);
        let first = world.spawn(get("http://baker/"));
        sleep(SECOND).await;
        world.register.takes.set(Duration::ZERO);
        let second = world.spawn(get("http://baker/"));
        let error = first.await.unwrap().expect_err("it takes too long");
        assert!(matches!(error, ClientError::TimedOut(Phase::Connection)), "{error:?}");
        assert_eq!(text(second.await.unwrap()), "hello");
        assert_eq!(world.register.asked(), 2);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn so_many_names_are_remembered() {
    alone(async {
        let world = world(Options { authorities_max: 2, ..Options::default() });
        for name in ["baker", "tailor", "smith", "tailor", "smith"] {
            world.get(&format!("http://{name}/close")).await.expect("an answer");
            sleep(SECOND).await;
        }
        assert_eq!(world.register.asked(), 3);
        world.get("http://baker/").await.expect("an answer");
        assert_eq!(world.register.asked(), 4, "the baker's was forgotten");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_being_asked_is_not_forgotten() {
    alone(async {
        let world = world(Options { authorities_max: 2, ..Options::default() });
        world.get("http://tailor/").await.expect("an answer");
        world.register.takes.set(SECOND);
        let first = world.spawn(get("http://baker/"));
        settle().await;
        let other = world.spawn(get("http://smith/"));
        settle().await;
        let second = world.spawn(get("http://baker/"));
        for task in [first, other, second] {
            assert_eq!(text(task.await.unwrap()), "hello");
        }
        assert_eq!(world.register.asked(), 3, "the tailor's was forgotten instead");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_open_connection_stays_where_it_is() {
    alone(async {
        let world = world(Options { idle_max: 1000 * SECOND, ..Options::default() });
        world.town.opens(TAILOR, Door::Open);
        world.get("http://baker/").await.expect("an answer");
        world.register.says("baker", &[TAILOR]);
        sleep(2 * Names::default().ttl).await;
        world.get("http://baker/").await.expect("an answer");
        assert_eq!((world.town.visits(), world.register.asked()), (1, 1));
    })
    .await;
}
