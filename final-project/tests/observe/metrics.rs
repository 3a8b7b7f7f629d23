//! The numbers beside what clients saw.

use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use crate::house::connections::connections;
use crate::house::exposition::Exposition;
use crate::house::{Server, send, until};

const PLAIN: [(&str, &str); 1] = [("route", "/plaintext")];
/// Some work for each worker.
const MOMENT: Duration = Duration::from_millis(500);

#[test]
fn every_answer_is_counted_once_and_timed() {
    let server = Server::start(&[]);
    let all = 5000;
    let (outcome, ()) = server.under_load(
        |plan| (plan.connections, plan.requests) = (32, Some(all)),
        || {
            until("all are answered", || {
                Exposition::of(&server).sum("api_server_http_requests_total", &PLAIN) >= all as f64
            });
        },
    );
    let answered = outcome.tally.latencies.count() as f64;
    assert_eq!(answered, all as f64);
    let seen = Exposition::of(&server);
    assert_eq!(seen.sum("api_server_http_requests_total", &PLAIN), answered);
    assert_eq!(
        seen.sum("api_server_http_requests_total", &[("route", "/plaintext"), ("status", "2xx")]),
        answered
    );
    assert_eq!(seen.sum("api_server_http_request_duration_seconds_count", &PLAIN), answered);
    let within = |end: &str| {
        let labels = [("route", "/plaintext"), ("le", end)];
        seen.sum("api_server_http_request_duration_seconds_bucket", &labels)
    };
    assert_eq!(within("+Inf"), answered);
    assert!(within("0.0001") <= within("0.1"), "buckets add up");
    let mean = seen.sum("api_server_http_request_duration_seconds_sum", &PLAIN) / answered;
    assert!(mean > 0.0 && mean < 1.0, "{mean} seconds");
    // Each beat adds what has been spent until then.
    until("processor time has been counted", || {
        let spent = [("process", "workers")];
        Exposition::of(&server).sum("api_server_cpu_seconds_total", &spent) > 0.05
    });
}

#[test]
fn what_dead_workers_have_counted_stays() {
    let server = Server::start(&[]);
    let (outcome, held) = server.under_load(
        |plan| plan.connections = 32,
        || {
            let mut held = 0;
            for _ in 0..3 {
                sleep(MOMENT);
                let (mut victim, mut its) = (0, 0);
                until("there are two workers, and a victim with connections", || {
                    let workers = server.workers();
                    let all = workers.iter().map(|&pid| (connections(pid), pid));
                    (its, victim) = all.max().unwrap_or_default();
                    its > 0 && workers.len() == 2
                });
                send(victim, Signal::KILL);
                held += its;
            }
            held
        },
    );
    until("the last of them has another one in its place", || {
        server.log().matches("is ready").count() == 5
    });
    let seen = Exposition::of(&server);
    // What was counted and never came, or came and was not counted: one for each connection of the dead.
    let difference =
        seen.sum("api_server_http_requests_total", &PLAIN) - outcome.tally.latencies.count() as f64;
    assert!(difference.abs() <= held as f64, "{difference}, and {held} connections broke");
    assert_eq!(seen.sum("api_server_worker_failures_total", &[]), 3.0);
    assert_eq!(seen.sum("api_server_worker_starts_total", &[]), 5.0);
}

#[test]
fn clients_make_no_series() {
    let server = Server::start(&[]);
    let ask_all = || {
        for number in 0..200 {
            assert_eq!(server.get(&format!("/nothing/{number}")).status, 404);
            assert_eq!(server.get(&format!("/users/{}", 1000 + number)).status, 404);
            assert_eq!(server.get(&format!("/static/{number}.txt")).status, 404);
        }
        Exposition::of(&server).len()
    };
    // The first question about `/metrics` is one of its own.
    let (_, before) = (Exposition::of(&server), ask_all());
    assert_eq!(ask_all(), before);
    let seen = Exposition::of(&server);
    assert_eq!(
        seen.sum("api_server_http_requests_total", &[("route", "none"), ("status", "4xx")]),
        400.0
    );
    assert_eq!(seen.sum("api_server_http_requests_total", &[("route", "/users/{id}")]), 400.0);
}

#[test]
fn what_is_refused_is_counted_where_it_was_refused() {
    let token = "correct-horse-battery";
    let limits = ["--rate-limit", "10/h", "--rate-burst", "10", "--body-bytes", "10"];
    let others = ["--trusted-proxies", "127.0.0.0/8", "--admin-token", token];
    let server = Server::start(&[&limits[..], &others].concat());
    // One was asked when it started.
    for _ in 0..8 {
        assert_eq!(server.get("/plaintext").status, 200);
    }
    let too_large = server.client().json("POST", "/users", &"x".repeat(100));
    assert_eq!(too_large.status, 413);
    for _ in 0..5 {
        assert_eq!(server.get("/plaintext").status, 429);
    }
    // This client asks too often; another one looks.
    let token = format!("authorization: Bearer {token}");
    let seen = Exposition::with(&server, &["host: a", "x-forwarded-for: 192.0.2.7", &token]);
    assert_eq!(seen.sum("api_server_http_requests_limited_total", &[]), 5.0);
    let refused = [("route", "none"), ("status", "4xx")];
    assert_eq!(seen.sum("api_server_http_requests_total", &refused), 6.0);
}

#[test]
fn caches_and_events_are_counted_as_they_were_used() {
    let server = Server::start(&["--workers", "1"]);
    let user = r#"{"name":"Ada","email":"ada@example.org"}"#;
    let mut client = server.client();
    assert_eq!(client.json("POST", "/users", user).status, 201);
    (0..10).for_each(|_| assert_eq!(client.get("/users/1").status, 200));
    (0..3).for_each(|_| assert_eq!(client.get("/users/2").status, 404));
    until("the queue has all of them", || {
        Exposition::of(&server).sum("api_server_events_total", &[("state", "published")]) == 14.0
    });
    let seen = Exposition::of(&server);
    let reads = |result| {
        let labels = [("tier", "l1"), ("result", result)];
        seen.sum("api_server_cache_reads_total", &labels)
    };
    // The first one fills it; who is not there is asked for each time.
    assert_eq!((reads("hit"), reads("miss")), (9.0, 4.0));
    assert_eq!(seen.sum("api_server_events_total", &[("state", "accepted")]), 14.0);
    assert_eq!(seen.sum("api_server_events_total", &[("state", "refused")]), 0.0);
    until("one is in memory", || Exposition::of(&server).sum("api_server_cache_items", &[]) == 1.0);
    assert!(Exposition::of(&server).sum("api_server_cache_bytes", &[]) > 0.0);
}

#[test]
fn connections_are_counted_and_why_they_were_closed() {
    let limits = ["--workers", "1", "--connections", "4", "--head-timeout", "300ms"];
    let server = Server::start(&limits);
    let now = |name: &str| Exposition::of(&server).sum(name, &[]);
    let opened = now("api_server_connections_total");
    let mut idle: Vec<_> = (0..3).map(|_| server.client()).collect();
    idle.iter_mut().for_each(|client| assert_eq!(client.get("/plaintext").status, 200));
    until("they are seen", || {
        // And the one that asks.
        now("api_server_connections") == 4.0
    });
    // More than there may be: who has been idle longest makes room.
    let mut more: Vec<_> = (0..3).map(|_| server.client()).collect();
    more.iter_mut().for_each(|client| assert_eq!(client.get("/plaintext").status, 200));
    until("it is counted", || now("api_server_connections_made_room_total") >= 2.0);
    assert!(now("api_server_connections_total") >= opened + 6.0);
    drop((idle, more));
    let mut slow = server.client();
    slow.send(b"GET /plaintext HTTP/1.1\r\nhost");
    until("it is cut off", || now("api_server_connections_cut_total") == 1.0);
    assert_eq!(now("api_server_accept_pauses_total"), 0.0);
}
