//! Goal: each phase of a connection has a limit, the number of connections has one, and neither a slow peer nor a lack of
//! descriptors stops the others.
//!
//! Method: peers in memory on a paused clock, so that a minute passes in no time; real sockets for accepting.
//! Not proven: how many connections a machine can hold (the lab `c10k`).

#[path = "serve/accept.rs"]
mod accept;
#[path = "serve/drain.rs"]
mod drain;
#[path = "serve/errors.rs"]
mod errors;
#[path = "serve/keeping.rs"]
mod keeping;
#[path = "serve/lines.rs"]
mod lines;
#[path = "serve/streams.rs"]
mod streams;
mod talk;
#[path = "serve/uncopied.rs"]
mod uncopied;

use std::rc::Rc;
use std::time::Duration;

use async_io::serve::{Limits, SWEEP};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};

use talk::{LONG, Peer, alone, one_gone, server};

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
/// A request behind which the connection ends.
const LAST: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// How often a byte comes from a peer that drips.
const DRIP: Duration = Duration::from_millis(20);

/// A limit holds when the connection ends then: never early, and at most two looks late.
fn assert_limit(limit: Duration, began: Instant) {
    let took = began.elapsed();
    assert!(
        (limit..=limit + 2 * SWEEP + DRIP).contains(&took),
        "closed after {took:?}, limit {limit:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_and_the_connection_stays() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = Peer::of(&server);
        for _ in 0..3 {
            peer.send(GET).await;
            assert!(peer.answer().await.ends_with("hello"));
        }
        assert_eq!((server.open(), server.busy(), server.statistics().opened), (1, 0, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_its_limit() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::of(&server);
        sleep(Duration::from_secs(20)).await;
        peer.send(GET).await;
        peer.answer().await;
        let began = Instant::now();
        assert_eq!(peer.rest().await, "");
        assert_limit(limits.idle, began);
        assert_eq!((server.open(), server.statistics().too_slow), (0, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_limit_is_kept_early() {
    alone(async {
        // No multiple of the time between two looks, and what is timed begins just before a look.
        let limits = Limits { idle: SWEEP * 7 / 5, ..Limits::default() };
        let (server, _) = server(limits);
        let mut peer = Peer::of(&server);
        sleep(SWEEP * 49 / 50).await;
        peer.send(GET).await;
        peer.answer().await;
        let began = Instant::now();
        assert_eq!(peer.rest().await, "");
        assert_limit(limits.idle, began);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_head_that_drips_is_cut_off() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::of(&server);
        sleep(limits.idle / 2).await;
        let began = Instant::now();
        let dripping = async {
            peer.send("GET / HTTP/1.1\r\n").await;
            // Byte by byte: never idle, and never done.
            while peer.0.write_all(b"x").await.is_ok() {
                sleep(DRIP).await;
            }
        };
        dripping.await;
        assert_limit(limits.head, began);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_cut_off() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::of(&server);
        peer.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10000\r\n\r\n").await;
        sleep(Duration::from_millis(10)).await;
        let began = Instant::now();
        for _ in 0..9999 {
            if peer.0.write_all(b"x").await.is_err() {
                break;
            }
            sleep(DRIP).await;
        }
        assert_limit(limits.body, began);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_is_cut_off() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::of(&server);
        peer.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10000\r\n\r\n").await;
        for _ in 0..2 {
            sleep(limits.body_stall - 2 * SWEEP).await;
            peer.send("x").await;
        }
        sleep(Duration::from_millis(10)).await;
        let began = Instant::now();
        one_gone(&server).await;
        assert_limit(limits.body_stall, began);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_is_answered() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = Peer::of(&server);
        peer.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n").await;
        for _ in 0..10 {
            sleep(Duration::from_secs(1)).await;
            peer.send("x").await;
        }
        assert!(peer.answer().await.ends_with("\r\n\r\n10"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_of_an_answer_is_cut_off() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::through(&server, 1024);
        peer.send("GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        sleep(Duration::from_millis(10)).await;
        let began = Instant::now();
        one_gone(&server).await;
        assert_limit(limits.write, began);
        assert_eq!(server.open(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_an_answer_slowly_gets_all_of_it() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = Peer::through(&server, 64 * 1024);
        peer.send("GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        let mut received = 0;
        let mut bytes = vec![0; 64 * 1024];
        loop {
            sleep(Duration::from_secs(5)).await;
            let count = peer.0.read(&mut bytes).await.unwrap();
            received += count;
            if count == 0 {
                break;
            }
        }
        assert!(received > 1 << 20, "{received} bytes");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_an_answer_byte_by_byte_is_cut_off() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::through(&server, 1024);
        peer.send("GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        sleep(Duration::from_millis(10)).await;
        let began = Instant::now();
        // Never still, and never done: a megabyte would take 14 hours.
        let dripping = async {
            while peer.0.read(&mut [0; 1]).await.is_ok_and(|count| count > 0) {
                sleep(DRIP).await;
            }
        };
        tokio::select! { () = dripping => {}, () = one_gone(&server) => {} }
        assert_limit(limits.write, began);
        assert_eq!(server.open(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_not_helped_by_asking_for_more() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::through(&server, 1024);
        let began = Instant::now();
        let asking = async {
            while peer.0.write_all(GET.as_bytes()).await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::select! { () = asking => {}, () = one_gone(&server) => {} }
        // A thousand bytes of answers are taken before.
        assert!(began.elapsed() < limits.write + Duration::from_secs(15), "{:?}", began.elapsed());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_large_body_that_comes_slowly_and_steadily_is_answered() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut peer = Peer::of(&server);
        peer.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n").await;
        let began = Instant::now();
        for _ in 0..50 {
            peer.send(&"x".repeat(2000)).await;
            sleep(Duration::from_secs(1)).await;
        }
        assert!(began.elapsed() > limits.body);
        assert!(peer.answer().await.ends_with("\r\n\r\n100000"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn work_that_takes_long_is_nobodys_time_out() {
    alone(async {
        let (server, service) = server(Limits::default());
        let mut peer = Peer::of(&server);
        peer.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        sleep(LONG).await;
        assert_eq!(server.busy(), 1);
        service.go_on.notify_one();
        assert!(peer.answer().await.ends_with("waited"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_takes_its_request_along() {
    alone(async {
        let (server, service) = server(Limits::default());
        let mut peer = Peer::of(&server);
        peer.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        sleep(Duration::from_secs(1)).await;
        drop(peer);
        one_gone(&server).await;
        assert_eq!(server.open(), 0);
        assert_eq!(Rc::strong_count(&service.go_on), 2, "the test's own, and the service's");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn pipelined_requests_are_answered_in_order() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = Peer::of(&server);
        let post = |body: &str| {
            format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        };
        peer.send(&[&post("xx"), GET, &post("x"), LAST].concat()).await;
        let text = peer.rest().await;
        let bodies: Vec<_> = text
            .split("HTTP/1.1 200")
            .skip(1)
            .map(|answer| answer.split("\r\n\r\n").nth(1))
            .collect();
        assert_eq!(bodies, [Some("2"), Some("hello"), Some("1"), Some("hello")]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_does_not_wait_for_the_rest_of_the_next_request() {
    alone(async {
        let (server, service) = server(Limits::default());
        let mut peer = Peer::of(&server);
        peer.send(&[GET, "GET /wait HT"].concat()).await;
        assert!(peer.answer().await.ends_with("hello"), "half of the second request has come");
        peer.send(&["TP/1.1\r\nhost: x\r\n\r\n", GET].concat()).await;
        sleep(Duration::from_secs(1)).await;
        service.go_on.notify_one();
        let answers = peer.answer().await;
        assert!(answers.contains("waited"), "{answers}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_does_not_wait_for_the_next_one() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = Peer::of(&server);
        peer.send(&[GET, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n", GET].concat()).await;
        assert!(peer.answer().await.ends_with("hello"), "the second is not answered yet");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_last_answer_comes_whatever_stands_behind_it() {
    alone(async {
        let (server, _) = server(Limits::default());
        for behind in [GET, "GARBAGE\r\n\r\n", "x"] {
            let mut peer = Peer::of(&server);
            peer.send(&[LAST, behind].concat()).await;
            let text = peer.rest().await;
            assert!(text.ends_with("hello"), "`{text}` with `{behind}` behind it");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_not_lost_to_bytes_that_nobody_reads() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = Peer::through(&server, 256);
        // The server answers and closes while the peer still sends. It must go on reading for a while.
        peer.send("GARBAGE\r\n\r\n").await;
        peer.send(&"x".repeat(4000)).await;
        let text = peer.rest().await;
        assert!(text.starts_with("HTTP/1.1 400"), "`{text}`");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_has_ended_has_no_time_out_any_more() {
    alone(async {
        let (server, service) = server(Limits::default());
        for head in [
            "content-length: 2\r\n\r\nxx",
            "transfer-encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n",
        ] {
            let mut peer = Peer::of(&server);
            peer.send(&format!("POST /wait HTTP/1.1\r\nhost: x\r\n{head}")).await;
            sleep(LONG).await;
            assert_eq!(server.busy(), 1, "{head}");
            service.go_on.notify_one();
            assert!(peer.answer().await.ends_with("2"), "{head}");
        }
    })
    .await;
}
