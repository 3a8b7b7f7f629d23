//! Goal: answers come back whole, connections are used again, the limits hold, old addresses are asked again, and what is
//! repeated is harmless and within its budget.
//!
//! Method: servers that do what the path of a request says, reached through pipes; a name server that a test rewrites; a
//! clock that stands still until all wait. `sockets` does a little of it over real ones.
//! Not proven: hyper's own parser, on which all of this stands, and the system's resolver.

#[path = "http_client/leave.rs"]
mod leave;
#[path = "http_client/limits.rs"]
mod limits;
#[path = "http_client/names.rs"]
mod names;
#[path = "http_client/retry.rs"]
mod retry;
#[path = "http_client/sockets.rs"]
mod sockets;
#[path = "http_client/time.rs"]
mod time;
#[path = "http_client/town.rs"]
mod town;

use std::error::Error;

use async_io::http_client::{ClientError, Options, Request};
use bytes::Bytes;
use hyper::Method;
use hyper::header::HeaderValue;

use town::{alone, get, post, settle, text, world};

#[tokio::test(start_paused = true)]
async fn an_answer_comes_back_whole() {
    alone(async {
        let world = world(Options::default());
        let answer = world.get("http://baker/").await.expect("an answer");
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, &b"hello"[..]));
        assert_eq!(answer.headers["x-from"], "town");
        assert_eq!(text(world.get("http://baker/pieces").await), "one two");
        assert_eq!(text(world.get("http://baker/until-the-end").await), "to the end");
        let answer = world.get("http://baker/gone").await.expect("an answer, too");
        assert_eq!((answer.status.as_u16(), &*answer.body), (503, &b"gone"[..]));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_as_a_server_expects_it() {
    alone(async {
        let world = world(Options::default());
        let mut request = post("http://Baker:8080/bread?kind=rye#crust");
        request.body = Bytes::from_static(b"two loaves");
        request.headers.insert("x-order", HeaderValue::from_static("7"));
        // The client knows better.
        request.headers.insert("host", HeaderValue::from_static("tailor"));
        request.headers.insert("content-length", HeaderValue::from_static("3"));
        request.headers.insert("transfer-encoding", HeaderValue::from_static("chunked"));
        world.send(request).await.expect("an answer");
        let received = world.town.received.borrow()[0].clone();
        let (head, body) = received.split_once("\r\n\r\n").expect("a head and a body");
        let mut lines: Vec<_> = head.lines().collect();
        assert_eq!((lines.remove(0), body), ("POST /bread?kind=rye HTTP/1.1", "two loaves"));
        lines.sort_unstable();
        assert_eq!(lines, ["content-length: 10", "host: Baker:8080", "x-order: 7"]);
        world.get("http://baker").await.expect("an answer");
        assert!(world.town.received.borrow()[1].starts_with("GET / HTTP/1.1\r\nhost: baker\r\n"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_used_again() {
    alone(async {
        let world = world(Options::default());
        for path in ["", "pieces", "gone", "", ""] {
            world.get(&format!("http://baker/{path}")).await.expect("an answer");
        }
        assert_eq!((world.town.visits(), world.received()), (1, 5));
        world.get("http://BAKER:80/").await.expect("an answer");
        assert_eq!(world.town.visits(), 1, "the same host and port, written differently");
        world.get("http://baker:81/").await.expect("an answer");
        assert_eq!(world.town.visits(), 2, "another port");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_wants_to_close_is_not_used_again() {
    alone(async {
        let world = world(Options::default());
        for path in ["close", "old", "until-the-end", "hello-and-good-bye"] {
            let before = world.town.visits();
            world.get(&format!("http://baker/{path}")).await.expect("an answer");
            settle().await;
            assert_eq!(world.client.statistics().connections, 0, "/{path}");
            world.get("http://baker/close").await.expect("an answer");
            assert_eq!(world.town.visits(), before + 2, "/{path}");
        }
        assert_eq!(world.client.statistics().repeated, 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn requests_at_the_same_time_have_connections_of_their_own() {
    alone(async {
        let world = world(Options::default());
        let tasks = [(); 5].map(|()| world.spawn(get("http://baker/wait")));
        settle().await;
        assert_eq!((world.received(), world.town.open.get()), (5, 5), "all five are under way");
        world.town.go_on.notify_waiters();
        for task in tasks {
            assert_eq!(text(task.await.unwrap()), "waited");
        }
        assert_eq!(world.town.open.get(), 5, "and they are kept");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn after_long_answers_too() {
    alone(async {
        let world = world(Options::default());
        for _ in 0..20 {
            assert_eq!(text(world.get("http://baker/long").await).len(), 1 << 20);
        }
        assert_eq!(world.town.visits(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_is_an_error_and_its_connection_is_closed() {
    alone(async {
        let world = world(Options { body_bytes_max: 100, ..Options::default() });
        let wrong = [
            ("cut", "Broken"),
            ("break", "Broken"),
            ("garbage", "Garbled"),
            ("big", "TooLarge"),
            ("endless", "TooLarge"),
            ("endless-head", "TooLarge"),
            ("long-head", "TooLarge"),
        ];
        for (path, kind) in wrong {
            let url = format!("http://baker/{path}");
            let error = world.send(post(&url)).await.expect_err(path);
            assert!(format!("{error:?}").starts_with(kind), "/{path}: {error:?}");
            settle().await;
            assert_eq!((world.town.open.get(), world.client.statistics().connections), (0, 0));
        }
        assert_eq!(text(world.get("http://baker/").await), "hello");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_as_long_as_it_may_be() {
    alone(async {
        let world = world(Options { body_bytes_max: 7, ..Options::default() });
        assert_eq!(text(world.get("http://baker/pieces").await), "one two");
        let world = self::world(Options { body_bytes_max: 6, ..Options::default() });
        let error = world.get("http://baker/pieces").await.expect_err("it is longer");
        assert!(matches!(error, ClientError::TooLarge), "{error:?}");
    })
    .await;
}

#[test]
fn urls_that_lead_nowhere_are_refused() {
    let refused = |url| Request::new(Method::GET, url).expect_err(url);
    let https = refused("https://baker/");
    assert!(matches!(https, ClientError::Https(_)) && https.to_string().contains("TLS"), "{https}");
    let wrong = [
        "",
        "baker",
        "/bread",
        "ftp://baker/",
        "http://",
        "http:///bread",
        "http://user:secret@baker/",
        "http://baker:0/",
        "http://baker:65536/",
        "http://baker:bread/",
        "http://ba ker/",
    ];
    for url in wrong {
        let error = refused(url);
        assert!(matches!(error, ClientError::Url(_)), "`{url}`: {error:?}");
    }
    for url in ["http://baker", "http://baker:/", "http://127.0.0.1:8080/x", "http://[::1]:8080/"] {
        assert!(Request::new(Method::GET, url).is_ok(), "`{url}`");
    }
}

#[test]
fn a_request_knows_whether_it_may_be_done_twice() {
    let idempotent = |method| Request::new(method, "http://baker/").unwrap().idempotent;
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE] {
        assert!(idempotent(method.clone()), "{method}");
    }
    for method in [Method::POST, Method::PATCH] {
        assert!(!idempotent(method.clone()), "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_names_its_cause() {
    alone(async {
        let world = world(Options::default());
        let error = world.get("http://nobody/").await.expect_err("there is no such name");
        assert_eq!(error.to_string(), "cannot look up `nobody`");
        assert_eq!(error.source().expect("a cause").to_string(), "no such name");
    })
    .await;
}
