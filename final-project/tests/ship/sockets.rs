//! Sockets that were there before the server, and are there when it is gone.

use std::fs;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::process::Output;

use load_tester::tally::Failures;
use rustix::process::Signal;

use crate::house::tls::Certificate;
use crate::house::{Client, Server, under_load, until};
use crate::manager::{given, given_to, listeners, server};

#[test]
fn a_restart_of_the_whole_server_refuses_nobody() {
    let sockets = listeners(2);
    let address = sockets[0].local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut first = server(folder, &sockets, &["--drain-quiet", "3s"]);
    assert_eq!(first.address, address, "the address is the sockets'");
    let (mut waiting, mut second) = (Vec::new(), None);
    // Connections of their own for all requests: those of the gap must come through, too.
    let (outcome, ()) = under_load(
        address,
        |plan| (plan.connections, plan.keep_alive) = (8, false),
        || {
            first.signal(Signal::TERM);
            assert_eq!(first.status().code(), Some(0), "{}", first.log());
            // Now nobody is there but the sockets.
            waiting.extend((0..40).map(|_| Client::connect(address)));
            for client in &mut waiting {
                client.send(b"GET /plaintext HTTP/1.1\r\nhost: test\r\n\r\n");
            }
            second = Some(server(tempfile::tempdir().unwrap(), &sockets, &[]));
            for client in &mut waiting {
                let answer = client.answer(false).expect("who waited is answered");
                assert_eq!(answer.text(), "Hello, World!");
            }
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
    assert!(outcome.tally.latencies.count() > 100, "the load went on");
}

#[test]
fn sockets_beyond_the_number_of_workers_are_looked_after() {
    let sockets = listeners(5);
    let address = sockets[0].local_addr().unwrap();
    let server = server(tempfile::tempdir().unwrap(), &sockets, &["--workers", "2"]);
    // Of 60 connections some come to each of five queues.
    let ask_all = || {
        let mut clients: Vec<Client> = (0..60).map(|_| Client::connect(address)).collect();
        for client in &mut clients {
            assert_eq!(client.get("/plaintext").status, 200);
        }
    };
    ask_all();
    let before = server.workers();
    server.signal(Signal::HUP);
    until("all workers are new", || {
        let workers = server.workers();
        workers.len() == 2 && workers.iter().all(|worker| !before.contains(worker))
    });
    ask_all();
}

#[test]
fn there_are_no_more_workers_than_sockets() {
    let sockets = listeners(1);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "").unwrap();
    let config = config.to_str().unwrap();
    let server = server(folder, &sockets, &["--config", config]);
    assert_eq!(server.workers().len(), 1, "by itself it starts one for each socket");
    fs::write(config, "workers = 2\n").unwrap();
    server.signal(Signal::HUP);
    until("the reload is refused", || server.log().contains("the settings stay as they are"));
    assert!(server.log().contains("`workers` is `2`"), "{}", server.log());
    assert_eq!((server.workers().len(), server.get("/plaintext").status), (1, 200));
}

#[test]
fn workers_know_nothing_of_the_manager() {
    let sockets = listeners(2);
    let server = server(tempfile::tempdir().unwrap(), &sockets, &[]);
    for worker in server.workers() {
        let environment = fs::read(format!("/proc/{worker}/environ")).unwrap();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        assert!(environment.contains("PREFORK_DESCRIPTORS"), "it is a worker's");
        assert!(!environment.contains("LISTEN_"), "{environment}");
    }
}

#[test]
fn sockets_for_another_process_are_left_alone() {
    let sockets = listeners(1);
    // A child of who they were for sees the variables, too.
    let command = given_to("1", &sockets, "nothing");
    let server = Server::spawn_by(command, tempfile::tempdir().unwrap(), &[]).settled();
    assert_ne!(server.address, sockets[0].local_addr().unwrap());
    assert_eq!(server.get("/plaintext").status, 200);
}

#[test]
fn sockets_for_tls_speak_tls() {
    let (plain, secure) = (listeners(2), listeners(2));
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::write(folder.path());
    let [_, _, files @ ..] = certificate.options();
    let command = given(secure.iter().chain(&plain), "https:https:http:http");
    let server = Server::spawn_by(command, folder, &files).settled();
    assert_eq!(server.address, plain[0].local_addr().unwrap());
    assert_eq!(server.get("/plaintext").status, 200);
    let mut client = certificate.http2(secure[0].local_addr().unwrap());
    assert_eq!(client.get("/plaintext").status(), 200);
}

/// What the program says that was handed these.
fn output(sockets: &[OwnedFd], names: &str, options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = given(sockets, names);
    command.current_dir(&folder).args(options).output().expect("the program is built")
}

#[test]
fn what_was_handed_over_and_is_no_listener_is_told() {
    let tcp = |count| listeners(count).into_iter().map(OwnedFd::from).collect::<Vec<_>>();
    let mixed = || [tcp(1), tcp(1)].into_iter().flatten().collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let unix = UnixListener::bind(tempfile::tempdir().unwrap().path().join("socket")).unwrap();
    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let file = tempfile::tempfile().unwrap();
    let many = ["http"; 65].join(":");
    let cases: Vec<(Vec<OwnedFd>, &str, &[&str], &str)> = vec![
        (tcp(2), "http:http", &["--workers", "3"], "`workers` is `3`"),
        (tcp(1), "web", &[], "handed over as `web`"),
        (tcp(2), "http", &[], "`LISTEN_FDNAMES` is `http`"),
        (tcp(1), "https", &[], "no socket was handed over as `http`"),
        (tcp(3), "http:http:https", &[], "2 sockets were handed over as `http` and 1 as `https`"),
        (mixed(), "http:http", &[], "different addresses"),
        (tcp(65), &many, &[], "64 at most"),
        (mixed(), "http:https", &[], "`tls_listen` needs `tls_certificate`"),
        (tcp(1), "http", &["--tls-listen", "127.0.0.1:0"], "no socket called `https`"),
        (vec![connection.into()], "http", &[], "it is a connection, or nothing yet"),
        (vec![unix.into()], "http", &[], "descriptor 3, handed over as `http`"),
        (vec![datagrams.into()], "http", &[], "no socket of TCP"),
        (vec![file.into()], "http", &[], "it is no socket"),
    ];
    for (sockets, names, options, words) in cases {
        let output = output(&sockets, names, options);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{names}: {said}");
        assert!(said.contains(words), "`{words}` is not in {said}");
    }
}

#[test]
fn a_number_of_sockets_that_is_none_is_told() {
    for (count, words) in [("many", "`many`"), ("-1", "`-1`"), ("129", "`129`"), ("2", "not open")]
    {
        let mut command = given(&listeners(1), "http");
        command.env("LISTEN_FDS", count).env_remove("LISTEN_FDNAMES");
        let folder = tempfile::tempdir().unwrap();
        let output = command.current_dir(&folder).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{count}: {said}");
        assert!(said.contains(words), "`{words}` is not in {said}");
    }
}
