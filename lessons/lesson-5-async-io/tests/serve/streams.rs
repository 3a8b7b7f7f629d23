//! HTTP/2: many requests at a time, each with the limits of its phase.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use async_io::drain::{Patience, drain};
use async_io::serve::{self, Limits, Protocol, Server};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Channel, Empty, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::rt::Executor;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use crate::assert_limit;
use crate::talk::{LONG, TestService, alone, one_gone, server};

type Body = UnsyncBoxBody<Bytes, std::convert::Infallible>;

#[derive(Clone, Copy)]
struct Local;

impl<F: Future + 'static> Executor<F> for Local {
    fn execute(&self, stream: F) {
        spawn_local(async move {
            stream.await;
        });
    }
}

/// The other end of a connection over which HTTP/2 is spoken.
fn connect(server: &Rc<Server<TestService>>) -> DuplexStream {
    let (near, far) = duplex(1 << 16);
    let channel =
        serve::Channel { stream: TokioIo::new(far), protocol: Protocol::Http2, secure: true };
    let server = Rc::clone(server);
    spawn_local(server.serve_through(std::future::ready(Ok(channel)), serve::Peer::default()));
    near
}

/// A client whose streams have windows of so many bytes.
async fn client(server: &Rc<Server<TestService>>, window: u32) -> SendRequest<Body> {
    let mut builder = http2::Builder::new(Local);
    builder.initial_stream_window_size(window).initial_connection_window_size(1 << 20);
    let near = TokioIo::new(connect(server));
    let (sender, connection) = builder.handshake(near).await.expect("both speak HTTP/2");
    spawn_local(connection);
    sender
}

fn get(path: &str) -> Request<Body> {
    let uri = format!("https://x{path}");
    Request::get(uri).body(Empty::new().boxed_unsync()).expect("a request")
}

async fn text(answer: Response<Incoming>) -> String {
    let bytes = answer.into_body().collect().await.expect("all of it").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[tokio::test(start_paused = true)]
async fn streams_are_answered_as_they_are_ready() {
    alone(async {
        let (server, service) = server(Limits::default());
        let mut client = client(&server, 1 << 16).await;
        let waiting = client.send_request(get("/wait"));
        let answer = client.send_request(get("/")).await.unwrap();
        assert_eq!(text(answer).await, "hello", "the second does not wait for the first");
        let post = Request::post("https://x/").body(Full::from("four").boxed_unsync()).unwrap();
        assert_eq!(text(client.send_request(post).await.unwrap()).await, "4");
        assert_eq!((server.open(), server.busy()), (1, 1));
        service.go_on.notify_one();
        assert_eq!(text(waiting.await.unwrap()).await, "waited");
        assert_eq!((server.open(), server.busy()), (1, 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_number_of_streams_is_limited() {
    alone(async {
        let (server, service) = server(Limits { streams: 2, ..Limits::default() });
        let mut client = client(&server, 1 << 16).await;
        assert_eq!(text(client.send_request(get("/")).await.unwrap()).await, "hello");
        // The client knows the limit by now, and keeps what is too much.
        let answers: Vec<_> = (0..3).map(|_| client.send_request(get("/wait"))).collect();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(server.busy(), 2);
        for answer in answers {
            service.go_on.notify_one();
            assert_eq!(text(answer.await.unwrap()).await, "waited");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_told_to_go() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut client = client(&server, 1 << 16).await;
        assert_eq!(text(client.send_request(get("/")).await.unwrap()).await, "hello");
        let began = Instant::now();
        one_gone(&server).await;
        assert_limit(limits.idle, began);
        assert!(client.ready().await.is_err(), "the client knows");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn work_of_a_stream_is_nobodys_time_out() {
    alone(async {
        let (server, service) = server(Limits::default());
        let mut client = client(&server, 1 << 16).await;
        let waiting = client.send_request(get("/wait"));
        sleep(LONG).await;
        service.go_on.notify_one();
        assert_eq!(text(waiting.await.unwrap()).await, "waited");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_ends_its_stream_alone() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut client = client(&server, 1 << 16).await;
        let (mut pieces, body) = Channel::<Bytes>::new(1);
        let post = Request::post("https://x/").body(body.boxed_unsync()).unwrap();
        let answer = spawn_local(client.send_request(post));
        for _ in 0..3 {
            sleep(limits.body_stall / 2).await;
            pieces.send_data(Bytes::from_static(b"x")).await.unwrap();
        }
        sleep(Duration::from_millis(10)).await;
        let began = Instant::now();
        assert!(answer.await.unwrap().is_err());
        assert_limit(limits.body_stall, began);
        assert_eq!(text(client.send_request(get("/")).await.unwrap()).await, "hello");
        assert_eq!((server.open(), server.busy(), server.statistics().too_slow), (1, 0, 1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_taken_ends_its_connection() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let mut client = client(&server, 1 << 10).await;
        let (answer, began) = (client.send_request(get("/large")).await.unwrap(), Instant::now());
        // Other streams go on meanwhile: the connection is never still.
        let asking = async {
            while let Ok(answer) = client.send_request(get("/")).await {
                text(answer).await;
                sleep(Duration::from_secs(1)).await;
            }
        };
        asking.await;
        assert_limit(limits.write, began + Duration::from_secs(1));
        drop(answer);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_its_client_gives_up_is_given_up() {
    alone(async {
        let (server, service) = server(Limits::default());
        let mut client = client(&server, 1 << 16).await;
        let waiting = spawn_local(client.send_request(get("/wait")));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(server.busy(), 1);
        waiting.abort();
        sleep(Duration::from_secs(1)).await;
        assert_eq!((server.open(), server.busy()), (1, 0));
        assert_eq!(Rc::strong_count(&service.go_on), 2, "the test's own, and the service's");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_finishes_the_streams_and_lets_nobody_begin() {
    alone(async {
        let (server, service) = server(Limits::default());
        let (mut busy, mut idle) = (client(&server, 1 << 16).await, client(&server, 1 << 16).await);
        assert_eq!(text(idle.send_request(get("/")).await.unwrap()).await, "hello");
        let waiting = busy.send_request(get("/wait"));
        sleep(Duration::from_millis(10)).await;
        let draining = Rc::clone(&server);
        let drained = spawn_local(async move { drain(&*draining, Patience::default()).await });
        sleep(Duration::from_secs(1)).await;
        assert_eq!((server.open(), server.busy()), (1, 1), "the idle one has gone");
        let new = busy.send_request(get("/")).await;
        assert!(new.is_err(), "and the busy one takes nothing new");
        service.go_on.notify_one();
        assert_eq!(text(waiting.await.unwrap()).await, "waited");
        let drained = drained.await.unwrap();
        assert_eq!((drained.open, drained.cut), (2, 0));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn streams_that_are_opened_and_given_up_at_once_end_their_connection() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = connect(&server);
        peer.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        peer.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
        let mut flood = Vec::new();
        for stream in (1..2000_u32).step_by(2) {
            // GET https / with the authority `x`, in HPACK's static table and one literal.
            let fields = [0x82, 0x87, 0x84, 0x41, 1, b'x'];
            flood.extend_from_slice(&[0, 0, fields.len() as u8, 1, 5]);
            flood.extend_from_slice(&stream.to_be_bytes());
            flood.extend_from_slice(&fields);
            flood.extend_from_slice(&[0, 0, 4, 3, 0]);
            flood.extend_from_slice(&stream.to_be_bytes());
            flood.extend_from_slice(&8_u32.to_be_bytes());
        }
        let sending = async { drop(peer.write_all(&flood).await) };
        let looking = one_gone(&server);
        tokio::join!(sending, looking);
        let mut rest = Vec::new();
        let _ = peer.read_to_end(&mut rest).await;
        // GOAWAY (7), and as its error ENHANCE_YOUR_CALM (11).
        let goaway = rest.windows(4).any(|bytes| bytes == [0, 0, 0, 11]);
        assert!(goaway, "{rest:?}");
    })
    .await;
}

/// What a client of HTTP/2 says first: the preface, and settings that say nothing.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_does_not_go_is_counted_once() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = connect(&server);
        peer.write_all(HELLO).await.unwrap();
        // It is told to go at one look, and is still there at the next one.
        one_gone(&server).await;
        let too_slow = server.statistics().too_slow;
        assert_eq!(too_slow, 1, "of one connection: whoever has been told already is not new");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_nothing_any_more_keeps_no_drain_waiting() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = connect(&server);
        peer.write_all(HELLO).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let patience = Patience { quiet: Duration::from_millis(500), deadline: LONG };
        let drained = drain(&*server, patience).await;
        assert_eq!((drained.open, drained.cut), (1, 0));
        assert!(drained.took < Duration::from_secs(5), "{drained:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_and_does_not_close_keeps_no_drain_waiting() {
    alone(async {
        let (server, _) = server(Limits::default());
        let mut peer = connect(&server);
        peer.write_all(HELLO).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        server.announce();
        // It answers the question whether a stream is on its way, and then does nothing.
        let mut question = [0; 1024];
        let asked = loop {
            let count = peer.read(&mut question).await.unwrap();
            let ping = |bytes: &[u8]| bytes[..3] == [0, 0, 8] && bytes[3] == 6;
            if let Some(at) = question[..count].windows(9).position(ping) {
                break question[at + 9..at + 17].to_owned();
            }
        };
        peer.write_all(&[&[0, 0, 8, 6, 1, 0, 0, 0, 0], &asked[..]].concat()).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        // While it lingers it is told to finish once more, as a server does at its end.
        let patience = Patience { quiet: Duration::from_millis(500), deadline: LONG };
        let drained = drain(&*server, patience).await;
        assert!(drained.took < Duration::from_secs(5), "{drained:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_the_time_of_a_head() {
    alone(async {
        let limits = Limits::default();
        let (server, _) = server(limits);
        let handshake =
            std::future::pending::<std::io::Result<serve::Channel<TokioIo<DuplexStream>>>>();
        let began = Instant::now();
        spawn_local(Rc::clone(&server).serve_through(handshake, serve::Peer::default()));
        one_gone(&server).await;
        assert_limit(limits.head, began);
        assert_eq!(server.open(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_fails_its_handshake_is_gone() {
    alone(async {
        let (server, _) = server(Limits::default());
        let failed =
            Err::<serve::Channel<TokioIo<DuplexStream>>, _>(std::io::ErrorKind::InvalidData.into());
        let handshake = std::future::ready(failed);
        Rc::clone(&server).serve_through(handshake, serve::Peer::default()).await;
        assert_eq!((server.open(), server.statistics().opened), (0, 1));
    })
    .await;
}
