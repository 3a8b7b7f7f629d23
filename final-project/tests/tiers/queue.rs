//! Access events: what was accepted comes to the queue, whoever dies meanwhile; what is not accepted is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use redis::Commands as _;
use redis::streams::{StreamAutoClaimReply, StreamRangeReply, StreamReadOptions, StreamReadReply};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::house::connections::connections;
use crate::house::proxy::{Proxy, Way};
use crate::house::services::Redis;
use crate::house::{Raised, Server, send, until};

/// What a reader of the queue sees.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) user: u64,
    pub(crate) access: String,
    pub(crate) status: u16,
}

fn connection(redis: &Redis) -> redis::Connection {
    let client = redis::Client::open(redis.url()).expect("an address");
    client.get_connection().expect("Redis is there")
}

/// All events of a stream, by their ids.
pub(crate) fn events(redis: &Redis, stream: &str) -> BTreeMap<String, Event> {
    let all: StreamRangeReply = connection(redis).xrange_all(stream).expect("a stream");
    let event = |entry: &redis::streams::StreamId| {
        let field = |name: &str| entry.get::<String>(name).expect("a field");
        let event = Event {
            user: field("user").parse().expect("a number"),
            access: field("access"),
            status: field("status").parse().expect("a number"),
        };
        assert!(field("time").parse::<u64>().is_ok_and(|time| time > 1_700_000_000_000));
        (field("id"), event)
    };
    all.ids.iter().map(event).collect()
}

/// Asks for users that are not there, whose ids are then in the events, and returns those that were answered.
fn ask(server: &Server, ids: std::ops::Range<u64>) -> Vec<u64> {
    let mut client = server.client();
    ids.filter(|id| client.get(&format!("/users/{id}")).status == 404).collect()
}

fn counted(server: &Server) -> Value {
    server.get("/ready").json()["parts"]["events"].clone()
}

#[test]
fn every_access_to_users_is_an_event_and_nothing_else_is() {
    let Some(redis) = Redis::start() else { return };
    let server = Server::start(&["--queue-url", &redis.url(), "--queue-stream", "who"]);
    let mut client = server.client();
    for path in ["/plaintext", "/json", "/live", "/ready", "/openapi.json", "/nothing"] {
        client.get(path);
    }
    let user = r#"{"name":"Ada","email":"ada@example.org"}"#;
    client.json("POST", "/users", user);
    client.json("POST", "/users", user);
    for _ in 0..2 {
        client.get("/users/1");
    }
    client.json("PUT", "/users/1", user);
    client.get("/users?limit=0");
    client.ask("DELETE", "/users/1", &[], b"");
    client.get("/users/1");
    let mut seen = Vec::new();
    until("the events have come", || {
        seen = events(&redis, "who").into_values().collect();
        seen.len() >= 8
    });
    let told: Vec<_> =
        seen.iter().map(|event| (event.access.as_str(), event.user, event.status)).collect();
    let mut expected = [
        ("create", 1, 201),
        ("create", 0, 409),
        ("read", 1, 200),
        ("read", 1, 200),
        ("replace", 1, 200),
        ("list", 0, 400),
        ("delete", 1, 204),
        ("read", 1, 404),
    ];
    let mut told = told.clone();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[test]
fn who_leaves_before_the_answer_has_asked_all_the_same() {
    let Some(redis) = Redis::start() else { return };
    let server = Server::start(&["--queue-url", &redis.url(), "--workers", "1"]);
    let database = rusqlite::Connection::open(server.folder().join("api.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut leaving = server.client();
    leaving.send(b"DELETE /users/7 HTTP/1.1\r\nhost: test\r\n\r\n");
    let worker = server.workers()[0];
    until("it is being answered", || connections(worker) == 1);
    assert_eq!(server.get("/live").status, 200, "the worker has seen it");
    drop(leaving);
    until("the event has come", || {
        let left = Event { user: 7, access: "delete".to_owned(), status: 499 };
        events(&redis, "access").values().any(|event| *event == left)
    });
    database.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn accepted_events_come_though_everything_is_killed() {
    let Some(redis) = Redis::start() else { return };
    let way = Proxy::to(redis.address());
    let url = Redis::url_at(way.address());
    let server = Server::start(&["--queue-url", &url]);
    let mut answered = ask(&server, 1..200);
    way.set(Way::Closed);
    answered.extend(ask(&server, 200..400));
    for worker in server.workers() {
        send(worker, Signal::KILL);
    }
    until("there are others", || server.workers().len() == 2);
    answered.extend(ask(&server, 400..600));
    // Then all of it, and what is there next finds what is left.
    let server = server.killed_and_started_again(&["--queue-url", &url]);
    answered.extend(ask(&server, 600..800));
    way.set(Way::Open);
    let mut ids = BTreeSet::new();
    until("all have come", || {
        ids = events(&redis, "access").into_values().map(|event| event.user).collect();
        answered.iter().all(|id| ids.contains(id))
    });
    assert_eq!(answered.len(), 799, "and all were answered");
    let spools = || fs::read_dir(server.folder().join("events")).unwrap().count();
    until("what is empty is removed", || spools() == server.workers().len());
}

#[test]
fn accepted_events_come_though_workers_are_killed_while_they_are_asked() {
    let Some(redis) = Redis::start() else { return };
    let server = Server::start(&["--queue-url", &redis.url()]);
    let (enough, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let answered: BTreeSet<u64> = thread::scope(|scope| {
        let (server, enough, count) = (&server, &enough, &count);
        let askers: Vec<_> = (1..5)
            .map(|asker| scope.spawn(move || ask_on(server, asker * 1_000_000, enough, count)))
            .collect();
        {
            // Also when it fails.
            let _end = Raised(enough);
            server.kill_workers(5, count, 300);
        }
        askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect()
    });
    until("all have come", || {
        let come: BTreeSet<u64> =
            events(&redis, "access").into_values().map(|event| event.user).collect();
        answered.is_subset(&come)
    });
    let counted = counted(&server);
    assert!(counted["accepted"].as_u64() >= Some(answered.len() as u64), "{counted}");
    assert_eq!(counted["refused"], 0);
}

/// Asks for users that are not there, over new connections when the old one breaks.
fn ask_on(server: &Server, first: u64, enough: &AtomicBool, count: &AtomicUsize) -> Vec<u64> {
    let mut client = server.client();
    let mut answered = Vec::new();
    for id in (first..).take_while(|_| !enough.load(SeqCst)) {
        match client.try_json("GET", &format!("/users/{id}"), "") {
            Some(answer) => {
                assert_eq!(answer.status, 404, "{answer:?}");
                answered.push(id);
                count.fetch_add(1, SeqCst);
            }
            None => client = server.client(),
        }
    }
    answered
}

#[test]
fn when_the_disk_is_full_events_are_refused_and_counted() {
    let Some(redis) = Redis::start() else { return };
    let way = Proxy::to(redis.address());
    way.set(Way::Closed);
    let url = Redis::url_at(way.address());
    let options = ["--queue-url", &url, "--events-bytes", "64k", "--workers", "1"];
    let server = Server::start(&options);
    let answered = ask(&server, 1..1001);
    assert_eq!(answered.len(), 1000, "no answer fails because of an event");
    let ready = server.get("/ready").json();
    let events_of = &ready["parts"]["events"];
    let number = |name: &str| events_of[name].as_u64().expect("a number");
    assert_eq!(number("accepted") + number("refused"), 1000, "{ready}");
    assert!(number("accepted") >= 500 && number("refused") > 0, "{ready}");
    assert_eq!(ready["status"], "degraded");
    way.set(Way::Open);
    let accepted = number("accepted") as usize;
    until("what was accepted has come", || events(&redis, "access").len() == accepted);
    until("there is room again", || server.get("/ready").json()["status"] == "ready");
    assert_eq!(ask(&server, 2000..2010).len(), 10);
    until("new ones come", || events(&redis, "access").len() == accepted + 10);
}

#[test]
fn a_stream_that_is_full_is_not_trimmed() {
    let Some(redis) = Redis::start() else { return };
    let server =
        Server::start(&["--queue-url", &redis.url(), "--queue-length", "100", "--workers", "1"]);
    // Less than a batch at a time.
    for first in (0..50).step_by(10) {
        ask(&server, first * 10 + 1..first * 10 + 41);
    }
    until("it says so", || server.get("/ready").json()["parts"]["queue"]["state"] == "full");
    let full = events(&redis, "access");
    assert!(full.len() <= 100);
    let mut all: BTreeSet<u64> = full.values().map(|event| event.user).collect();
    // A reader takes away what it has read.
    until("all have come, one after the other", || {
        let mut reader = connection(&redis);
        let read: StreamRangeReply = reader.xrange_all("access").expect("a stream");
        let ids: Vec<&str> = read.ids.iter().map(|entry| entry.id.as_str()).collect();
        all.extend(read.ids.iter().map(|entry| entry.get::<u64>("user").expect("a number")));
        let _: usize =
            if ids.is_empty() { 0 } else { reader.xdel("access", &ids).expect("an answer") };
        all.len() == 200
    });
    until("it is well", || server.get("/ready").json()["status"] == "ready");
    assert_eq!(counted(&server)["refused"], 0);
}

#[test]
fn what_one_reader_leaves_undone_another_one_takes_over() {
    let Some(redis) = Redis::start() else { return };
    let mut reader = connection(&redis);
    let _: () = reader.xgroup_create_mkstream("access", "audit", "$").expect("a group");
    let server = Server::start(&["--queue-url", &redis.url()]);
    assert_eq!(ask(&server, 1..51).len(), 50);
    let mut taken = Vec::new();
    until("the first reader has them", || {
        let options = StreamReadOptions::default().group("audit", "first").count(100);
        let reply: Option<StreamReadReply> =
            reader.xread_options(&["access"], &[">"], &options).expect("an answer");
        let keys = reply.into_iter().flat_map(|reply| reply.keys);
        taken.extend(keys.flat_map(|key| key.ids).map(|entry| entry.id));
        taken.len() == 50
    });
    // It does half of the work, and dies.
    let done: usize = reader.xack("access", "audit", &taken[..25]).expect("an answer");
    assert_eq!(done, 25);
    let left: StreamAutoClaimReply = reader
        .xautoclaim_options("access", "audit", "second", 0, "0-0", Default::default())
        .expect("an answer");
    let left: Vec<_> = left.claimed.into_iter().map(|entry| entry.id).collect();
    assert_eq!(left, taken[25..]);
}

#[test]
fn without_a_queue_events_are_lines_of_a_log() {
    let server = Server::start(&[]);
    assert_eq!(ask(&server, 1..101).len(), 100);
    let lines = || -> Vec<Value> {
        let files =
            (0..2).map(|worker| server.folder().join(format!("events/worker-{worker}.jsonl")));
        let texts: Vec<_> = files.filter_map(|path| fs::read_to_string(path).ok()).collect();
        // One may just be written.
        let whole = texts.iter().filter_map(|text| Some(text.rsplit_once('\n')?.0));
        whole.flat_map(str::lines).map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    until("they have come", || lines().len() == 100);
    let users: BTreeSet<_> = lines().iter().map(|line| line["user"].as_u64().unwrap()).collect();
    assert_eq!(users, (1..101).collect());
    let ids: BTreeSet<_> = lines().iter().map(|line| line["id"].to_string()).collect();
    assert_eq!(ids.len(), 100);
    assert_eq!(lines()[0]["access"], "read");
    assert_eq!(
        server.get("/ready").json()["parts"]["queue"],
        json!({"kind": "log on disk", "state": "up"})
    );
}

#[test]
fn the_log_keeps_what_fits() {
    let server = Server::start(&["--workers", "1", "--events-bytes", "64k"]);
    for first in 0..20 {
        ask(&server, first * 100 + 1..first * 100 + 101);
        // The spool is small, and the disk may be slow.
        until("they have gone on", || {
            counted(&server)["published"] == counted(&server)["accepted"]
        });
    }
    let size = |name: &str| {
        fs::metadata(server.folder().join("events").join(name)).map_or(0, |data| data.len())
    };
    until("the last has come", || {
        let text =
            fs::read_to_string(server.folder().join("events/worker-0.jsonl")).unwrap_or_default();
        text.contains("\"user\":2000,")
    });
    assert!(size("worker-0.jsonl.1") > 16 << 10, "the one before is there");
    let both = size("worker-0.jsonl") + size("worker-0.jsonl.1");
    assert!(both <= 64 << 10 << 1, "{both} bytes");
    assert_eq!(counted(&server)["refused"], 0, "the newest counts, and not the oldest");
}

#[test]
fn what_waits_when_a_server_no_longer_tells_is_told_later() {
    let Some(redis) = Redis::start() else { return };
    let way = Proxy::to(redis.address());
    way.set(Way::Closed);
    let url = Redis::url_at(way.address());
    let server = Server::start(&["--queue-url", &url]);
    assert_eq!(ask(&server, 1..101).len(), 100);
    let folder = server.stop();
    let said = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(said.contains("access events wait on disk"), "{said}");
    let server = Server::start_in(folder, &["--queue-url", &url, "--profile", "bare"]);
    assert_eq!(ask(&server, 101..201).len(), 100);
    way.set(Way::Open);
    let folder = server.stop();
    assert!(events(&redis, "access").is_empty(), "nobody hands them over");
    let _server = Server::start_in(folder, &["--queue-url", &url]);
    until("they have come", || events(&redis, "access").len() == 100);
}
