//! Goal: whatever happens to its processes, the server loses no more than the requests that a dead process was
//! answering, and it ends when and how it is told to.
//!
//! Method: real processes, real signals, real load. What is counted is what clients saw.
//! Not proven: what a crash of the machine leaves behind.

mod house;
#[path = "survive/reload.rs"]
mod reload;
#[path = "survive/stop.rs"]
mod stop;

use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use house::connections::connections;
use house::processes::{exists, stop};
use house::{Client, Server, WAIT_MAX, send, until};
use load_tester::tally::Failures;
use rustix::process::{Pid, Signal};

const MOMENT: Duration = Duration::from_millis(300);
/// A request may be on its way when its connection is closed as idle, and nothing helps then. A tester that is not let run
/// for a while is to have no such request.
const PATIENT: [&str; 2] = ["--drain-quiet", "3s"];

fn nothing_but_broken(failures: Failures) -> u64 {
    assert_eq!(Failures { broken: 0, ..failures }, Failures::default());
    failures.broken
}

#[test]
fn a_killed_worker_costs_what_it_was_answering_and_nothing_else() {
    let server = Server::start(&["--workers", "2"]);
    let (outcome, held) = server.under_load(
        |plan| plan.connections = 16,
        || {
            let mut held = 0;
            for _ in 0..2 {
                sleep(MOMENT);
                // Which of them has some: who was ready first looks after the other one's listener for a moment.
                let (mut victim, mut its) = (0, 0);
                until("the victim has connections when it is hit", || {
                    let all = server.workers().into_iter().map(|pid| (connections(pid), pid));
                    (its, victim) = all.max().unwrap_or_default();
                    its > 0
                });
                held += its as u64;
                send(victim, Signal::KILL);
                until("there are two workers again", || {
                    let workers = server.workers();
                    workers.len() == 2 && !workers.contains(&victim)
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
    stop(victim);
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
            stop(victim);
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
    stop(workers[1]);
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

#[test]
fn the_end_by_a_crash_loop_is_an_orderly_one_for_the_others() {
    let mut server = Server::start(&["--workers", "2", "--crashes-max", "3"]);
    let mut client = server.client_of(1);
    let survivor = client.get("/live").json()["pid"].as_u64().expect("a number");
    client.send(b"POST /users HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{");
    until("it is given up", || {
        let crashing = server.workers().into_iter().filter(|&worker| u64::from(worker) != survivor);
        crashing.for_each(|worker| send_if_there(worker, Signal::KILL));
        server.log().contains("nothing is started any more")
    });
    client.send(b"}");
    let answer = client.answer(false).expect("what was begun is answered");
    assert_eq!(answer.status, 422);
    assert!(client.is_closed(), "and the connection is closed, not broken");
    assert_eq!(server.status().code(), Some(3));
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
