//! Goal: master and workers stand, each where it should; the API does what it promises, in each format; wrong settings
//! and wrong inputs are told.
//!
//! Method: the program from outside, over sockets and its command line.
//! Not proven: what happens when something fails (`survive`) or somebody attacks (`guard`).

#![allow(clippy::duplicate_mod, reason = "the same tests run on each database")]

#[path = "assemble/files.rs"]
mod files;
#[path = "assemble/formats.rs"]
mod formats;
mod house;
#[path = "assemble/on_postgres.rs"]
mod on_postgres;
#[path = "assemble/on_sqlite.rs"]
mod on_sqlite;
#[path = "assemble/on_tiers.rs"]
mod on_tiers;
#[path = "assemble/settings.rs"]
mod settings;

use std::fs;
use std::net::Shutdown;
use std::sync::mpsc;
use std::thread;

use house::{Answer, Client, Server};
use serde_json::json;

#[test]
fn each_worker_runs_its_event_loop_on_a_processor_of_its_own() {
    let processors = std::thread::available_parallelism().unwrap().get();
    if processors < 2 {
        return;
    }
    let server = Server::start(&["--pinning", "always"]);
    let allowed = |path: String| {
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        line.unwrap().trim().to_owned()
    };
    let workers = server.workers();
    assert_eq!(workers.len(), 2);
    let loops: Vec<_> = workers.iter().map(|pid| allowed(format!("/proc/{pid}/status"))).collect();
    assert!(
        loops[0] != loops[1] && loops.iter().all(|list| list.parse::<u32>().is_ok()),
        "{loops:?}"
    );
    let all = allowed("/proc/self/status".to_owned());
    for worker in workers {
        let threads = fs::read_dir(format!("/proc/{worker}/task")).unwrap();
        let others = threads.map(|thread| thread.unwrap().file_name().into_string().unwrap());
        for other in others.filter(|thread| *thread != worker.to_string()) {
            let its = allowed(format!("/proc/{worker}/task/{other}/status"));
            assert_eq!(its, all, "threads that compute may run anywhere");
        }
    }
}

#[test]
fn small_answers_are_as_they_should_be() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let plain = client.get("/plaintext");
    assert_eq!((plain.text(), plain.header("content-type")), ("Hello, World!", Some("text/plain")));
    assert!(plain.header("date").is_some());
    assert_eq!(client.get("/json").json(), json!({"message": "Hello, World!"}));
    let head = client.ask("HEAD", "/plaintext", &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("13"), 0));
    for path in ["/live", "/health", "/ready"] {
        let standing = client.get(path);
        assert_eq!(standing.status, 200, "{path}");
        assert!(
            standing.json()["pid"]
                .as_u64()
                .is_some_and(|pid| server.workers().contains(&(pid as u32)))
        );
    }
}

#[test]
fn what_is_not_there_is_told() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let told = |answer: &Answer, status: u16| {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.json()["status"], status);
    };
    told(&client.get("/nothing"), 404);
    told(&client.get("/users/1"), 404);
    told(&client.get("/users/x"), 404);
    told(&client.get("/users?limit=0"), 400);
    told(&client.get("/users?limit=101"), 400);
    told(&client.get("/users?offset=3"), 400);
    told(&client.get("/users/%zz"), 400);
    told(&client.get("/static/missing.txt"), 404);
    told(&client.get("/compute/primes/many"), 400);
    let not_allowed = client.ask("POST", "/plaintext", &[], b"");
    told(&not_allowed, 405);
    assert_eq!(not_allowed.header("allow"), Some("GET, HEAD"));
    told(&client.ask("GET", "/users", &["accept: text/html"], b""), 406);
    told(&client.ask("POST", "/users", &["content-type: text/plain"], b"{}"), 415);
    told(&client.json("POST", "/users", "{"), 400);
    told(&client.json("POST", "/users", "{}"), 422);
}

#[test]
fn computations_are_right_and_stop_nobody() {
    let server =
        Server::start(&["--workers", "1", "--compute-threads", "1", "--compute-queue", "1"]);
    let mut client = server.client();
    for (below, count) in [(0, 0), (2, 0), (3, 1), (100, 25), (1000, 168), (1_000_000, 78_498)] {
        assert_eq!(
            client.get(&format!("/compute/primes/{below}")).json()["count"],
            count,
            "below {below}"
        );
    }
    // One is computed and one waits; for the others there is no room.
    let mut busy: Vec<Client> = (0..5).map(|_| server.client()).collect();
    let streams: Vec<_> = busy.iter().map(|client| client.stream.try_clone().unwrap()).collect();
    let (answered, answers) = mpsc::channel();
    for mut client in busy.drain(..) {
        let answered = answered.clone();
        client.send(b"GET /compute/primes/500000000 HTTP/1.1\r\nhost: test\r\n\r\n");
        thread::spawn(move || answered.send(client.answer(false)));
    }
    for _ in 0..3 {
        let answer = answers.recv_timeout(house::WAIT_MAX).expect("at once").expect("an answer");
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(client.get("/plaintext").status, 200, "the loop goes on");
    streams.iter().for_each(|stream| stream.shutdown(Shutdown::Both).unwrap_or_default());
    house::until("there is room again", || client.get("/compute/primes/10").status == 200);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let request = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n");
    let paths = ["/plaintext", "/compute/primes/100", "/json", "/users/7", "/plaintext"];
    client.send(paths.map(request).concat().as_bytes());
    let statuses = paths.map(|_| client.answer(false).expect("an answer").status);
    assert_eq!(statuses, [200, 200, 200, 404, 200]);
}

#[test]
fn the_api_describes_itself() {
    let server = Server::start(&[]);
    let description = server.get("/openapi.json").json();
    assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    for path in ["/users", "/users/{id}", "/compute/primes/{below}", "/health", "/plaintext"] {
        assert!(description["paths"][path].is_object(), "`{path}` is not described");
    }
}
