//! How many connections all workers together have to PostgreSQL, by what PostgreSQL says.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::house::services::Postgres;
use crate::house::{Client, Server, until};

/// Of 23 connections 3 are kept for administrators. What is left is shared by two workers and their successors: five for
/// each.
const ALLOWED: [&str; 2] = ["-c", "max_connections=23"];
const BOUND: usize = 10;
/// Who has left is there for a moment longer, and may have a successor by then.
const BOUND_IN_TROUBLE: usize = 20;

/// More requests at once than there are connections.
fn ask_all(server: &Server) -> Vec<Client> {
    let ask = |number| {
        let mut client = server.client();
        let request = format!("GET /users?after={number} HTTP/1.1\r\nhost: test\r\n\r\n");
        client.send(request.as_bytes());
        client
    };
    (0..64).map(ask).collect()
}

fn statuses(clients: Vec<Client>) -> Vec<u16> {
    clients.into_iter().map(|mut client| client.answer(false).expect("an answer").status).collect()
}

#[test]
fn a_pool_keeps_within_what_the_database_allows() {
    let Some(postgres) = Postgres::start_with(&ALLOWED) else { return };
    let server = postgres.server(&["--workers", "2", "--database-connections-min", "8"]);
    assert!(server.log().contains("`database_connections_max` is `10`"), "{}", server.log());
    until("the least are there", || postgres.backends() == 8);
    for _ in 0..5 {
        let clients = ask_all(&server);
        assert!(postgres.backends() <= BOUND);
        assert!(statuses(clients).iter().all(|&status| status == 200));
    }
    assert!(postgres.backends() <= BOUND);
    assert!(!server.log().contains("error"), "{}", server.log());
}

/// Two of the twenty are kept for a keeper of jobs and its successor.
#[test]
fn a_keeper_of_jobs_has_a_connection_too() {
    let Some(postgres) = Postgres::start_with(&ALLOWED) else { return };
    let server = postgres.server(&["--workers", "2", "--job-processes", "1"]);
    assert!(server.log().contains("`database_connections_max` is `8`"), "{}", server.log());
}

#[test]
fn a_database_that_hangs_gets_no_more_connections() {
    let Some(postgres) = Postgres::start() else { return };
    let options = [
        "--database-connections-max",
        "10",
        "--database-timeout",
        "200ms",
        "--breaker-failures",
        "1000000",
    ];
    let server = postgres.server(&options);
    until("it is there", || server.get("/users").status == 200);
    let mut most = 0;
    let holder = postgres.session();
    holder.execute("BEGIN; LOCK TABLE users");
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        let clients = ask_all(&server);
        for _ in 0..5 {
            most = most.max(postgres.backends());
            sleep(Duration::from_millis(10));
        }
        assert!(statuses(clients).iter().all(|&status| status == 503));
        until("who has been told so is gone", || postgres.backends() <= BOUND);
    }
    drop(holder);
    assert!((2..=BOUND_IN_TROUBLE).contains(&most), "{most} connections");
    until("it answers again", || server.get("/users").status == 200);
    until("nobody is left", || postgres.backends() <= BOUND);
}

#[test]
fn a_pool_that_was_there_before_its_database_is_bounded_too() {
    let Some(mut postgres) = Postgres::start_with(&ALLOWED) else { return };
    postgres.service().kill();
    let server = postgres.server(&["--database-connections-min", "8", "--breaker-open", "100ms"]);
    let first = server.workers();
    postgres.service().restart();
    until("the bound is known", || server.log().contains("`database_connections_max` is `10`"));
    until("there are other workers", || {
        let workers = server.workers();
        workers.len() == 2 && workers.iter().all(|worker| !first.contains(worker))
    });
    until("they answer", || server.get("/users").status == 200);
    assert!(statuses(ask_all(&server)).iter().all(|&status| status == 200));
    assert!(postgres.backends() <= BOUND);
}

#[test]
fn while_workers_are_replaced_there_is_room_for_both() {
    let Some(postgres) = Postgres::start_with(&ALLOWED) else { return };
    let server = postgres.server(&["--database-connections-min", "8"]);
    for _ in 0..3 {
        let before = server.workers();
        server.signal(Signal::HUP);
        until("all workers are new, and everybody was answered meanwhile", || {
            assert!(statuses(ask_all(&server)).iter().all(|&status| status == 200));
            let now = server.workers();
            now.len() == 2 && now.iter().all(|worker| !before.contains(worker))
        });
    }
    assert!(!server.log().contains("error"), "{}", server.log());
}
