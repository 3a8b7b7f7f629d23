//! Callers that leave.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use async_io::http_client::Options;
use tokio::time::sleep;

use crate::town::{BAKER, Door, alone, get, settle, text, world};

const MILLISECOND: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_caller_may_leave_at_every_await() {
    for polls in 0.. {
        let mut answered = false;
        alone(async {
            let world = world(Options { connections_max: 1, ..Options::default() });
            world.register.takes.set(2 * MILLISECOND);
            world.town.opens(BAKER, Door::Slow(2 * MILLISECOND));
            {
                let mut sent = pin!(world.get("http://baker/cut"));
                for _ in 0..polls {
                    let ended = sent.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    answered |= ended.is_ready();
                    if answered {
                        break;
                    }
                    sleep(MILLISECOND).await;
                }
            }
            // Nobody gets the rest of its answer, and its place comes back.
            assert_eq!(text(world.get("http://tailor/").await), "hello", "after {polls} polls");
            assert_eq!(text(world.get("http://baker/").await), "hello", "after {polls} polls");
            settle().await;
            assert_eq!((world.town.open.get(), world.client.statistics().connections), (1, 1));
        })
        .await;
        if answered {
            assert!(polls > 5, "it left while it waited");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_gets_the_rest_of_another_one_s_answer() {
    alone(async {
        let world = world(Options::default());
        let leaves = world.spawn(get("http://baker/wait"));
        settle().await;
        leaves.abort();
        settle().await;
        assert_eq!(world.town.open.get(), 0, "the server sees that it has left");
        world.town.go_on.notify_one();
        assert_eq!(text(world.get("http://baker/").await), "hello");
        assert_eq!(world.town.visits(), 2);
    })
    .await;
}
