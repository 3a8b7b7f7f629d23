//! Real sockets, which come in numbers.

use std::cell::Cell;
use std::convert::Infallible;
use std::fs::File;
use std::future::{Ready, pending, ready};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use async_io::serve::{Channel, Limits, Receiving, Server};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::sleep;
use witness::rendezvous::WAIT_MAX;

use crate::LAST;
use crate::talk::{TestService, alone, server};

/// How long a connection may be idle though others wait.
const IDLE: Duration = Duration::from_secs(1);

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

#[tokio::test]
async fn the_limit_holds_for_a_crowd_that_waits_already() {
    alone(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (server, _) = server(Limits { connections: 2, ..Limits::default() });
        let mut crowd = Vec::new();
        for _ in 0..10 {
            crowd.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
        }
        let accepting = server.accept(&listener);
        let _ = tokio::time::timeout(Duration::from_millis(50), accepting).await;
        assert_eq!((server.open(), server.statistics().opened), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn a_handshake_that_lasts_keeps_nobody_else_waiting() {
    alone(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (server, _) = server(Limits::default());
        let is_first = Cell::new(true);
        let handshake = |stream| {
            let lasts = is_first.replace(false);
            async move {
                if lasts {
                    pending::<()>().await;
                }
                Ok(Channel::plain(TokioIo::new(stream)))
            }
        };
        let accepting = async { panic!("{}", server.accept_through(&listener, handshake).await) };
        let test = async {
            let _silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let second = tokio::time::timeout(WAIT_MAX, fetch(&listener)).await;
            assert!(second.is_ok_and(|text| text.ends_with("hello")), "it waits for the first one");
        };
        tokio::select! { () = test => {}, () = accepting => {} }
    })
    .await;
}

/// Answers with the address of whoever asks.
fn who_asks(request: Request<Receiving>) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    let address = request.body().peer().address.to_string();
    ready(Ok(Response::new(Full::new(Bytes::from(address)))))
}

/// What somebody is told who connects from `address`, and asks for it.
async fn told(listener: TcpListener, address: Ipv4Addr) -> String {
    let server = Server::new(service_fn(who_asks), Limits::default());
    let port = listener.local_addr().unwrap().port();
    let test = async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((address, 0).into()).unwrap();
        let mut stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap();
        stream.write_all(LAST.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text.split_once("\r\n\r\n").expect("an answer").1.to_owned()
    };
    tokio::select! {
        told = test => told,
        error = server.accept(&listener) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_service_is_told_who_asks() {
    alone(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = Ipv4Addr::new(127, 0, 0, 2);
        assert_eq!(told(listener, client).await, client.to_string(), "the peer's address");
    })
    .await;
}

#[tokio::test]
async fn whoever_comes_over_ipv4_has_an_address_of_ipv4_on_a_listener_for_both() {
    if !witness::machine::has_ipv6() {
        return;
    }
    alone(async {
        let socket = Socket::new(Domain::IPV6, Type::STREAM.nonblocking(), None).unwrap();
        socket.set_only_v6(false).unwrap();
        socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into()).unwrap();
        socket.listen(1).unwrap();
        let listener = TcpListener::from_std(socket.into()).unwrap();
        let client = Ipv4Addr::new(127, 0, 0, 2);
        assert_eq!(told(listener, client).await, client.to_string(), "the peer's address");
    })
    .await;
}

#[tokio::test]
async fn who_has_been_idle_longest_makes_room_for_who_waits() {
    alone(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (server, _) = server(Limits { connections: 2, ..Limits::default() });
        let accepting = async { panic!("{}", server.accept(&listener).await) };
        let test = async {
            let mut silent = TcpStream::connect(address).await.unwrap();
            let mut asking = TcpStream::connect(address).await.unwrap();
            asking.write_all(&LAST.as_bytes()[..10]).await.unwrap();
            sleep(2 * IDLE).await;
            assert_eq!(server.open(), 2, "nobody waits");
            assert!(fetch(&listener).await.ends_with("hello"));
            assert_eq!(silent.read(&mut [0]).await.unwrap(), 0, "closed, and not reset");
            // Who has begun to ask is not idle.
            asking.write_all(&LAST.as_bytes()[10..]).await.unwrap();
            let mut text = String::new();
            asking.read_to_string(&mut text).await.unwrap();
            assert!(text.ends_with("hello"), "{text}");
            assert_eq!(server.statistics().made_room, 1);
        };
        tokio::select! { () = test => {}, () = accepting => {}, () = server.sweep() => {} }
    })
    .await;
}

#[tokio::test]
async fn two_listeners_share_the_limit() {
    alone(async {
        let address = (Ipv4Addr::LOCALHOST, 0);
        let one = TcpListener::bind(address).await.unwrap();
        let other = TcpListener::bind(address).await.unwrap();
        let (server, _) = server(Limits { connections: 1, ..Limits::default() });
        let accepting = async {
            tokio::select! {
                error = server.accept(&one) => panic!("{error}"),
                error = server.accept(&other) => panic!("{error}"),
            }
        };
        let test = async {
            // Both have a connection before either is looked at.
            let held = TcpStream::connect(one.local_addr().unwrap()).await.unwrap();
            let waiting = fetch(&other);
            tokio::pin!(waiting);
            let early = tokio::time::timeout(Duration::from_millis(50), &mut waiting).await;
            let opened = server.statistics().opened;
            assert_eq!(opened, 1, "{early:?}");
            drop(held);
            assert!(waiting.await.ends_with("hello"));
        };
        tokio::select! { biased; () = test => {}, () = accepting => {} }
    })
    .await;
}

/// Runs a test in a process of its own, where somebody waits to be accepted and no descriptor is left. The test gets what has
/// taken them all.
fn without_descriptors<F: Future<Output = ()>>(
    name: &str,
    test: impl FnOnce(Rc<Server<TestService>>, TcpStream, Vec<File>) -> F,
) {
    witness::process::in_its_own(name, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(alone(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let (server, _) = server(Limits::default());
            let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let all = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
            let accepting = async { panic!("{}", server.accept(&listener).await) };
            tokio::select! { () = test(Rc::clone(&server), client, all) => {}, () = accepting => {} }
        }));
    });
}

#[test]
fn a_lack_of_descriptors_passes() {
    let name = "accept::a_lack_of_descriptors_passes";
    without_descriptors(name, |server, mut client, all| async move {
        while server.statistics().paused < 2 {
            sleep(Duration::from_millis(1)).await;
        }
        drop(all);
        client.write_all(LAST.as_bytes()).await.unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert!(text.ends_with("hello"), "{text}");
    });
}

#[test]
fn without_descriptors_it_rests_between_two_tries() {
    let name = "accept::without_descriptors_it_rests_between_two_tries";
    without_descriptors(name, |server, client, all| async move {
        let _kept = (client, all);
        let begin = Instant::now();
        while server.statistics().paused < 2 {
            sleep(Duration::from_millis(1)).await;
        }
        let rests = begin.elapsed().as_millis() / 100;
        let tries = u128::from(server.statistics().paused);
        assert!(tries <= rests + 1, "{tries} tries, with a rest of 100 ms behind each");
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
