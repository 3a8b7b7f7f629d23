//! Goal: every option is really set, on the listening socket and on what it accepts, and a failure
//! names the address.
//!
//! Method: the options are read back from the kernel with `getsockopt`.
//! Not proven: that a dead peer is noticed (that takes minutes), and how connections spread over
//! two listeners (lesson 4 counts them).

use std::error::Error as _;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use networking::listener::{KeepAlive, ListenError, ListenOptions, listen};
use socket2::SockRef;
use witness::{machine, tcp};

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn listening() -> TcpListener {
    listen(loopback(0), &ListenOptions::default()).expect("port 0 on loopback is always free")
}

/// A connection that `listener` accepted, and its client.
fn accepted(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = tcp::connect(listener.local_addr().unwrap()).expect("somebody listens there");
    let (server, _) = listener.accept().unwrap();
    (server, client)
}

#[test]
fn port_zero_becomes_a_real_port() {
    let address = listening().local_addr().unwrap();
    assert_eq!(address.ip(), loopback(0).ip());
    assert_ne!(address.port(), 0);
}

#[test]
fn clients_can_connect() {
    let listener = listening();
    assert!(
        !SockRef::from(&listener).nonblocking().unwrap(),
        "the listener is non-blocking: an `accept` that finds nobody would fail instead of waiting"
    );
    let (server, client) = accepted(&listener);
    assert_eq!(server.peer_addr().unwrap(), client.local_addr().unwrap());
}

#[test]
fn ipv6_works_too() {
    if !machine::has_ipv6() {
        return;
    }
    let listener = listen("[::1]:0".parse().unwrap(), &ListenOptions::default())
        .expect("this machine has IPv6, so the socket must be of the address's own family");
    let (server, _client) = accepted(&listener);
    assert!(server.local_addr().unwrap().is_ipv6());
}

#[test]
fn address_reuse_is_on() {
    assert!(SockRef::from(&listening()).reuse_address().unwrap(), "SO_REUSEADDR is not set");
}

#[test]
fn port_reuse_is_on() {
    assert!(SockRef::from(&listening()).reuse_port().unwrap(), "SO_REUSEPORT is not set");
}

#[test]
fn two_listeners_share_a_port() {
    let first = listening();
    let address = first.local_addr().unwrap();
    let second = listen(address, &ListenOptions::default())
        .expect("the first has SO_REUSEPORT, and so must the second before `bind`");
    assert_eq!(second.local_addr().unwrap(), address);
}

#[test]
fn the_backlog_is_what_was_asked_for() {
    for backlog in [8, 4096] {
        let options = ListenOptions { backlog, ..ListenOptions::default() };
        let queue = tcp::accept_queue(&listen(loopback(0), &options).unwrap()).unwrap();
        let expected = i64::from(backlog).min(machine::setting("net.core.somaxconn"));
        assert_eq!(
            i64::from(queue.backlog),
            expected,
            "backlog {backlog}, cut at net.core.somaxconn"
        );
    }
}

#[test]
fn accepted_connections_do_not_wait_for_acknowledgments() {
    let listener = listening();
    let on = accepted(&listener).0.nodelay().unwrap();
    assert!(
        on,
        "TCP_NODELAY is off on the accepted connection, which inherits it from the listener"
    );
}

#[test]
fn accepted_connections_are_kept_alive() {
    let listener = listening();
    assert!(
        SockRef::from(&accepted(&listener).0).keepalive().unwrap(),
        "SO_KEEPALIVE is off on the accepted connection, which inherits it from the listener"
    );
}

#[test]
fn keep_alive_does_not_begin_after_two_hours() {
    let listener = listening();
    let idle = SockRef::from(&accepted(&listener).0).tcp_keepalive_time().unwrap();
    assert!(
        idle < Duration::from_secs(7200),
        "the kernel's own TCP_KEEPIDLE, {idle:?}, is in force"
    );
}

#[test]
fn the_keep_alive_times_are_what_was_asked_for() {
    let asked =
        KeepAlive { idle: Duration::from_secs(33), interval: Duration::from_secs(4), probes: 5 };
    let options = ListenOptions { keep_alive: asked, ..ListenOptions::default() };
    let listener = listen(loopback(0), &options).unwrap();
    let (server, _client) = accepted(&listener);
    let server = SockRef::from(&server);
    let found = KeepAlive {
        idle: server.tcp_keepalive_time().unwrap(),
        interval: server.tcp_keepalive_interval().unwrap(),
        probes: server.tcp_keepalive_retries().unwrap(),
    };
    assert_eq!(
        found, asked,
        "TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT on the accepted connection"
    );
}

#[test]
fn a_failure_names_the_address() {
    let (address, error) = refused();
    let text = error.to_string();
    let expected = format!("cannot listen on `{address}`");
    assert!(text.contains(&expected), "the message is \"{text}\", and should be \"{expected}\"");
}

#[test]
fn the_cause_is_said_once() {
    let (address, error) = refused();
    let text = error.to_string();
    let behind = text.split_once(&address.to_string()).map_or("", |(_, behind)| behind);
    assert!(
        behind.len() <= 1,
        "the message is \"{text}\": the cause is for `source` to say, and the message ends behind the address"
    );
    assert_eq!(error.cause.kind(), ErrorKind::AddrInUse);
    assert!(error.source().is_some(), "the cause is the error's `source`");
}

/// The error for an address that is held by a socket which shares its port with nobody.
fn refused() -> (SocketAddr, ListenError) {
    let holder = TcpListener::bind(loopback(0)).unwrap();
    let address = holder.local_addr().unwrap();
    let error = listen(address, &ListenOptions::default()).expect_err("the port is taken");
    (address, error)
}
