//! Goal: each phase of a connection has a limit, the number of connections has one, and neither a slow peer nor a lack of
//! descriptors stops the others.
//!
//! Method: peers in memory on a paused clock, so that a minute passes in no time; real sockets for accepting.
//! Not proven: how many connections a machine can hold (the lab `c10k`).

mod talk;

use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use async_io::drain::{Connections, Patience, drain};
use async_io::serve::{Limits, SWEEP};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use talk::{LONG, Peer, alone, server};

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
        server.fewer().await;
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
        server.fewer().await;
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
async fn a_drain_answers_what_has_begun_and_says_so() {
    alone(async {
        let (server, service) = server(Limits::default());
        let (mut busy, mut half, mut idle) =
            (Peer::of(&server), Peer::of(&server), Peer::of(&server));
        busy.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        half.send("GET / HTTP/1.1\r\n").await;
        idle.send(GET).await;
        idle.answer().await;
        sleep(Duration::from_millis(10)).await;
        assert_eq!((server.open(), server.busy()), (3, 2));
        let draining = Rc::clone(&server);
        let drained = spawn_local(async move { drain(&*draining, Patience::default()).await });
        sleep(Duration::from_millis(400)).await;
        idle.send(GET).await;
        half.send("host: x\r\n\r\n").await;
        for peer in [&mut idle, &mut half] {
            let answer = peer.rest().await;
            assert!(answer.contains("connection: close") && answer.ends_with("hello"), "{answer}");
        }
        sleep(Duration::from_secs(5)).await;
        service.go_on.notify_one();
        assert!(busy.rest().await.ends_with("waited"));
        let drained = drained.await.unwrap();
        assert_eq!((drained.open, drained.cut), (3, 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_does_not_wait_for_half_a_request_for_ever() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut half = Peer::of(&server);
        half.send("GET / HTTP/1.1\r\n").await;
        let drained = drain(&*server, Patience::default()).await;
        assert_eq!((drained.open, drained.cut, server.open()), (1, 0, 0));
        let looks = 2 * SWEEP + Patience::default().quiet / 4;
        let head = Limits::default().head;
        assert!((head..=head + looks).contains(&drained.took), "{drained:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_just_as_its_connection_is_closed_is_answered() {
    alone(async {
        let quiet = Patience::default().quiet;
        let (server, _) = server(Limits::default());
        let mut peers: Vec<_> = (0..10).map(|_| Peer::of(&server)).collect();
        for peer in &mut peers {
            peer.send(GET).await;
            peer.answer().await;
        }
        // Both wait for the same moment: the end of the quiet time.
        let sending = sleep(quiet);
        let draining = Rc::clone(&server);
        let drained = spawn_local(async move { drain(&*draining, Patience::default()).await });
        sending.await;
        for peer in &mut peers {
            peer.send(GET).await;
        }
        for peer in &mut peers {
            let answer = peer.rest().await;
            assert!(answer.ends_with("hello"), "`{answer}`");
        }
        assert_eq!(drained.await.unwrap().cut, 0);
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

#[tokio::test(start_paused = true)]
async fn a_drain_cuts_off_at_its_deadline() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut stuck = Peer::of(&server);
        stuck.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
        sleep(Duration::from_millis(10)).await;
        let drained = drain(&*server, Patience::default()).await;
        assert_eq!((drained.cut, drained.took), (1, Duration::from_secs(30)));
        assert_eq!(stuck.rest().await, "");
    })
    .await;
}

/// An answer over a real socket, which is closed then.
async fn fetch(listener: &TcpListener) -> String {
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    stream.write_all(LAST.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn connections_are_accepted_and_the_limit_holds() {
    alone(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (server, _) = server(Limits { connections: 2, ..Limits::default() });
        let accepting = async { panic!("{}", server.accept(&listener).await) };
        let test = async {
            let mut held = Vec::new();
            for _ in 0..2 {
                held.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
            }
            let waiting = fetch(&listener);
            tokio::pin!(waiting);
            // The third is connected, by the kernel, and nobody accepts it.
            let early = tokio::time::timeout(Duration::from_millis(50), &mut waiting).await;
            assert!(early.is_err() && server.statistics().opened == 2, "{early:?}");
            drop(held.pop());
            assert!(waiting.await.ends_with("hello"), "when one leaves, it is served");
            assert_eq!(server.statistics().opened, 3);
        };
        tokio::select! { () = test => {}, () = accepting => {} }
    })
    .await;
}

#[test]
fn a_lack_of_descriptors_passes() {
    witness::process::in_its_own("a_lack_of_descriptors_passes", || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(alone(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let (server, _) = server(Limits::default());
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let mut all = Vec::new();
            while let Ok(one) = std::fs::File::open("/dev/null") {
                all.push(one);
            }
            let accepting = async { panic!("{}", server.accept(&listener).await) };
            let test = async {
                while server.statistics().paused < 2 {
                    sleep(Duration::from_millis(1)).await;
                }
                assert!(server.statistics().paused < 10, "the loop rests between two tries");
                drop(all);
                client.write_all(LAST.as_bytes()).await.unwrap();
                let mut text = String::new();
                client.read_to_string(&mut text).await.unwrap();
                assert!(text.ends_with("hello"), "{text}");
            };
            tokio::select! { () = test => {}, () = accepting => {} }
        }));
    });
}

#[tokio::test]
async fn a_broken_listener_is_reported() {
    alone(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        rustix::net::shutdown(&listener, rustix::net::Shutdown::Both).unwrap();
        let (server, _) = server(Limits::default());
        let error = server.accept(&listener).await;
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    })
    .await;
}
