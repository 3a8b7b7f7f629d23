//! Goal: whatever happens to its processes, the server loses no more than the requests that a dead process was
//! answering, and it ends when and how it is told to.
//!
//! Method: real processes, real signals, real load. What is counted is what clients saw.
//! Not proven: what a crash of the machine leaves behind.

mod house;

use std::fs;
use std::net::TcpStream;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use house::processes::{connections, exists};
use house::{Client, Server, WAIT_MAX, send, until};
use load_tester::plan::Pace;
use load_tester::tally::Failures;
use rustix::process::{Pid, Signal, kill_process_group};

const MOMENT: Duration = Duration::from_millis(300);

fn nothing_but_broken(failures: Failures) -> u64 {
    assert_eq!(Failures { broken: 0, ..failures }, Failures::default());
    failures.broken
}

fn nothing_but_refused(failures: Failures) {
    assert_eq!(Failures { connect: 0, ..failures }, Failures::default());
}

#[test]
fn a_killed_worker_costs_what_it_was_answering_and_nothing_else() {
    let server = Server::start(&["--workers", "2"]);
    let (outcome, held) = server.under_load(
        |plan| plan.connections = 16,
        || {
            let mut held = 0;
            for worker in server.workers() {
                sleep(MOMENT);
                let mut its = 0;
                until("the victim has connections when it is hit", || {
                    its = connections(worker);
                    its > 0
                });
                held += its as u64;
                send(worker, Signal::KILL);
                until("there are two workers again", || {
                    let workers = server.workers();
                    workers.len() == 2 && !workers.contains(&worker)
                });
            }
            held
        },
    );
    let broken = nothing_but_broken(outcome.tally.failures);
    assert!(broken <= held, "{broken} requests failed, on {held} connections of killed workers");
    assert!(outcome.tally.latencies.count() > 1000, "the load went on");
}

#[test]
fn fresh_connections_wait_for_the_successor_of_a_killed_worker() {
    let server = Server::start(&[]);
    // The worker does not accept, so these wait in its queue, or are answered by the other one.
    let victim = server.workers()[0];
    send(victim, Signal::STOP);
    let mut waiting: Vec<Client> = (0..20).map(|_| server.client()).collect();
    for client in &mut waiting {
        client.send(b"GET /plaintext HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    send(victim, Signal::KILL);
    for client in &mut waiting {
        let answer = client.answer(false).expect("nobody is forgotten in a queue");
        assert_eq!(answer.text(), "Hello, World!");
    }
}

#[test]
fn a_stopped_workers_connections_are_answered_by_another() {
    let server = Server::start(&["--hang-timeout", "3s"]);
    let victim = server.workers()[0];
    let (outcome, _held) = server.under_load(
        |plan| (plan.keep_alive, plan.connections) = (false, 8),
        || {
            sleep(MOMENT);
            let held = hold(&server, victim);
            send(victim, Signal::STOP);
            held
        },
    );
    // What it had accepted when it was stopped is lost with it: at most one request on each connection.
    let broken = nothing_but_broken(outcome.tally.failures);
    assert!(broken <= 8, "{broken} requests failed");
    until("the stopped worker is replaced", || !exists(victim) && server.workers().len() == 2);
    for _ in 0..20 {
        assert_eq!(server.get("/plaintext").status, 200);
    }
}

#[test]
fn with_the_master_everything_ends_and_the_port_is_free() {
    let mut server = Server::start(&["--drain-timeout", "2s"]);
    let workers = server.workers();
    let mut idle = server.client();
    assert_eq!(idle.get("/live").status, 200);
    let mut half = server.client();
    half.send(b"GET /plaintext HTTP/1.1\r\n");
    // Whatever a worker is doing: this one has been stopped.
    send(workers[1], Signal::STOP);
    send(server.master(), Signal::KILL);
    server.status();
    until("nobody listens", || TcpStream::connect(server.address).is_err());
    until("no worker is left", || workers.iter().all(|&worker| !exists(worker)));
    assert!(idle.is_closed(), "connections are closed, not broken");
}

#[test]
fn a_crash_loop_ends_the_server_with_a_status_of_its_own() {
    let mut server = Server::start(&["--workers", "1", "--crashes-max", "3"]);
    let deadline = Instant::now() + WAIT_MAX;
    while !server.ended() && Instant::now() < deadline {
        server.workers().into_iter().for_each(|worker| send_if_there(worker, Signal::KILL));
        sleep(Duration::from_millis(10));
    }
    assert_eq!(server.status().code(), Some(3));
    assert!(server.log().contains("again and again"), "{}", server.log());
}

/// Connections that stay, until the worker has one: those of the load come and go.
fn hold(server: &Server, worker: u32) -> Vec<Client> {
    let mut held = Vec::new();
    until("the victim has a connection when it is hit", || {
        let mut client = server.client();
        assert_eq!(client.get("/plaintext").status, 200);
        held.push(client);
        connections(worker) > 0
    });
    held
}

fn send_if_there(pid: u32, signal: Signal) {
    if exists(pid) {
        let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Stops the server under load, and returns what became of both.
fn stopped_under_load(pipeline: usize, keep_alive: bool) -> (Failures, ExitStatus) {
    let mut server = Server::start(&[]);
    let (outcome, _held) = server.under_load(
        |plan| {
            (plan.pace, plan.keep_alive) = (Pace::Closed { pipeline }, keep_alive);
            plan.duration = Duration::from_secs(2);
        },
        || {
            sleep(Duration::from_millis(700));
            let held = hold(&server, server.workers()[0]);
            server.signal(Signal::TERM);
            held
        },
    );
    assert!(outcome.tally.latencies.count() > 100);
    (outcome.tally.failures, server.status())
}

#[test]
fn stop_answers_every_request_that_was_begun() {
    let (failures, status) = stopped_under_load(1, true);
    nothing_but_refused(failures);
    assert_eq!(status.code(), Some(0));
}

#[test]
fn stop_loses_no_connection_that_was_established() {
    let (failures, status) = stopped_under_load(1, false);
    nothing_but_refused(failures);
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_stop_of_the_whole_process_group_is_a_stop() {
    let mut server = Server::start(&[]);
    let group = Pid::from_raw(server.master().cast_signed()).unwrap();
    let (outcome, ()) = server.under_load(
        |plan| (plan.keep_alive, plan.duration) = (false, Duration::from_secs(2)),
        || {
            sleep(MOMENT);
            // Each process gets the signal by itself, the workers perhaps before the master.
            kill_process_group(group, Signal::TERM).unwrap();
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
fn signals_while_it_starts_end_nothing() {
    for _ in 0..5 {
        let server = Server::starting(&[], |pid| {
            [Signal::USR1, Signal::HUP, Signal::USR1]
                .into_iter()
                .for_each(|signal| send(pid, signal));
        });
        assert_eq!(server.get("/plaintext").status, 200);
    }
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
    sleep(MOMENT);
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

#[test]
fn reload_replaces_all_workers_and_no_client_notices() {
    let server = Server::start(&[]);
    let before = server.workers();
    let (outcome, after) = server.under_load(
        |plan| plan.connections = 8,
        || {
            sleep(MOMENT);
            reload_and_wait(&server, &before)
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
    let (outcome, _) = server.under_load(
        |plan| (plan.connections, plan.keep_alive) = (8, false),
        || {
            sleep(MOMENT);
            reload_and_wait(&server, &after)
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
}

/// Renews all workers, and returns the new ones.
fn reload_and_wait(server: &Server, before: &[u32]) -> Vec<u32> {
    server.signal(Signal::HUP);
    let mut after = Vec::new();
    until("all workers are new", || {
        after = server.workers();
        after.len() == before.len() && after.iter().all(|worker| !before.contains(worker))
    });
    after
}

#[test]
fn reload_brings_new_settings_and_another_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "workers = 1\nbody_bytes = \"10k\"\n").unwrap();
    let server = Server::start_in(folder, &["--config", config.to_str().unwrap()]);
    let body = format!("{{\"name\": \"{}\"}}", "x".repeat(20_000));
    assert_eq!(server.client().json("POST", "/users", &body).status, 413);
    for workers in [3, 1] {
        fs::write(&config, format!("workers = {workers}\n")).unwrap();
        let (outcome, ()) = server.under_load(
            |plan| (plan.connections, plan.keep_alive) = (8, false),
            || {
                sleep(MOMENT);
                server.signal(Signal::HUP);
                until("there are so many workers", || server.workers().len() == workers);
            },
        );
        assert_eq!(
            outcome.tally.failures,
            Failures::default(),
            "while there come to be {workers} workers"
        );
        // Listeners of workers that are no more are looked after by others.
        for _ in 0..20 {
            assert_eq!(server.client().json("POST", "/users", &body).status, 422);
        }
    }
}

#[test]
fn a_reload_whose_workers_cannot_start_refuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "workers = 2\n").unwrap();
    let server = Server::start_in(folder, &["--config", config.to_str().unwrap()]);
    fs::remove_dir(server.folder().join("files")).unwrap();
    fs::write(&config, "workers = 6\n").unwrap();
    server.signal(Signal::HUP);
    until("it is given up", || server.log().contains("the old settings stay"));
    let mut clients: Vec<Client> = (0..40).map(|_| server.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/plaintext").status, 200);
    }
}

#[test]
fn a_reload_with_wrong_settings_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    fs::write(&config, "cache_items = 10\n").unwrap();
    let server = Server::start_in(folder, &["--config", config.to_str().unwrap()]);
    let before = server.workers();
    fs::write(&config, "cache_items = \"many\"\n").unwrap();
    server.signal(Signal::HUP);
    until("it says what is wrong", || server.log().contains("cache_items"));
    assert!(
        server.log().contains("a whole number from 0 to 1000000 is allowed")
            || server.log().contains("allowed is a whole number"),
        "{}",
        server.log()
    );
    sleep(MOMENT);
    assert_eq!(server.workers(), before);
    assert_eq!(server.get("/plaintext").status, 200);
}

#[test]
fn the_log_can_be_moved_away() {
    let server = Server::start(&[]);
    let moved = server.folder().join("log.1");
    fs::rename(server.log_file(), &moved).unwrap();
    server.signal(Signal::USR1);
    sleep(MOMENT);
    let worker = server.workers()[0];
    send(worker, Signal::TERM);
    until("master and worker write into the new file", || {
        let log = server.log();
        log.contains("master:") && log.contains("worker")
    });
}

#[test]
fn a_worker_that_is_told_to_go_is_replaced_first() {
    let server = Server::start(&[]);
    let worker = server.workers()[0];
    let (outcome, ()) = server.under_load(
        |plan| (plan.connections, plan.duration) = (8, Duration::from_secs(2)),
        || {
            sleep(MOMENT);
            send(worker, Signal::TERM);
            until("it is gone", || !exists(worker));
        },
    );
    assert_eq!(outcome.tally.failures, Failures::default());
    until("there are two workers", || server.workers().len() == 2);
}
