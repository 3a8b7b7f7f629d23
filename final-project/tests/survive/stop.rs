//! The end of the server, as it is asked for.

use std::net::TcpStream;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use load_tester::tally::Failures;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::house::{Client, Server, until};
use crate::{MOMENT, PATIENT, hold};

fn nothing_but_refused(failures: Failures) {
    assert_eq!(Failures { connect: 0, ..failures }, Failures::default());
}

/// Stops the server under load, and returns what became of both.
fn stopped_under_load(keep_alive: bool) -> (Failures, ExitStatus) {
    let mut server = Server::start(&PATIENT);
    let (outcome, _held) = server.under_load(
        |plan| plan.keep_alive = keep_alive,
        || {
            sleep(MOMENT);
            let held = hold(&server, server.workers()[0]);
            server.signal(Signal::TERM);
            until("nobody listens", || TcpStream::connect(server.address).is_err());
            held
        },
    );
    assert!(outcome.tally.latencies.count() > 100);
    (outcome.tally.failures, server.status())
}

#[test]
fn stop_answers_every_request_that_was_begun() {
    let (failures, status) = stopped_under_load(true);
    nothing_but_refused(failures);
    assert_eq!(status.code(), Some(0));
}

#[test]
fn stop_loses_no_connection_that_was_established() {
    let (failures, status) = stopped_under_load(false);
    nothing_but_refused(failures);
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_stop_of_the_whole_process_group_is_a_stop() {
    let mut server = Server::start(&PATIENT);
    let group = Pid::from_raw(server.master().cast_signed()).unwrap();
    let (outcome, ()) = server.under_load(
        |plan| plan.keep_alive = false,
        || {
            sleep(MOMENT);
            // Each process gets the signal by itself, the workers perhaps before the master.
            kill_process_group(group, Signal::TERM).unwrap();
            until("nobody listens", || TcpStream::connect(server.address).is_err());
        },
    );
    nothing_but_refused(outcome.tally.failures);
    assert_eq!(server.status().code(), Some(0));
}

#[test]
fn stop_answers_who_waits_behind_the_limit() {
    let mut server = Server::start(&["--workers", "1", "--connections", "2"]);
    let mut held: Vec<Client> = (0..2).map(|_| server.client()).collect();
    held.iter_mut().for_each(|client| assert_eq!(client.get("/plaintext").status, 200));
    let mut waiting: Vec<Client> = (0..5).map(|_| server.client()).collect();
    for client in &mut waiting {
        client.send(b"GET /plaintext HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    server.signal(Signal::TERM);
    for client in &mut waiting {
        assert_eq!(client.answer(false).expect("its turn").status, 200);
    }
    assert_eq!(server.status().code(), Some(0));
}

#[test]
fn stop_answers_work_that_takes_a_while() {
    let mut server = Server::start(&[]);
    let mut client = server.client();
    client.send(b"GET /compute/primes/20000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    sleep(MOMENT / 3);
    server.signal(Signal::TERM);
    let answer = client.answer(false).expect("an answer");
    assert_eq!(answer.json()["count"], 1_270_607);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(server.status().code(), Some(0));
}

#[test]
fn stop_does_not_wait_for_half_a_request() {
    let mut server = Server::start(&["--head-timeout", "1s"]);
    let mut half = server.client();
    half.send(b"GET /plaintext HTTP/1.1\r\nho");
    sleep(MOMENT);
    let begin = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.status().code(), Some(0), "nobody was cut off in an answer");
    assert!(begin.elapsed() < Duration::from_secs(15), "it took {:?}", begin.elapsed());
}

#[test]
fn stop_cuts_off_at_its_deadline_and_says_so() {
    let mut server = Server::start(&["--drain-timeout", "500ms", "--request-timeout", "1h"]);
    let mut client = server.client();
    client.send(b"GET /compute/primes/500000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    sleep(MOMENT);
    server.signal(Signal::TERM);
    assert_eq!(server.status().code(), Some(1));
    assert!(server.log().contains("1 requests were cut off"), "{}", server.log());
    assert!(client.answer(false).is_none());
}

#[test]
fn a_second_stop_ends_at_once() {
    let mut server = Server::start(&["--request-timeout", "1h"]);
    let mut client = server.client();
    client.send(b"GET /compute/primes/500000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    sleep(MOMENT);
    server.signal(Signal::INT);
    // Sooner, it could be the same request, passed on by two.
    server.signal(Signal::INT);
    sleep(Duration::from_secs(1) + MOMENT);
    assert!(!server.ended(), "it waits for the answer");
    let begin = Instant::now();
    server.signal(Signal::INT);
    assert_eq!(server.status().code(), Some(1));
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_lame_duck_still_answers_and_says_that_it_goes() {
    let mut server = Server::start(&["--lame-duck", "1s"]);
    server.signal(Signal::TERM);
    until("it says so", || server.get("/health").status == 503);
    assert_eq!(server.get("/ready").status, 503);
    assert_eq!(server.get("/plaintext").status, 200, "new connections are still served");
    assert_eq!(server.status().code(), Some(0));
}
