//! Where the time of a request goes, and which trace it belongs to.

use std::thread::sleep;
use std::time::Duration;

use redis::Commands as _;
use redis::streams::StreamRangeReply;
use serde_json::Value;

use crate::house::exposition::{Exposition, look_at};
use crate::house::services::{Postgres, Redis};
use crate::house::{Answer, Server, until};

const CALLER: &str = "00f067aa0ba902b7";

/// All that is recorded of a trace: the latest first.
fn recorded(server: &Server, trace: &str) -> Vec<Value> {
    let all = look_at(server, "/traces", &["host: localhost"]).json();
    let all = all.as_array().expect("a list").iter();
    all.filter(|one| one["trace"] == trace).cloned().collect()
}

/// Asks as a caller that says of which trace it is.
fn ask(server: &Server, path: &str, traceparent: &str) -> Answer {
    server.client().ask("GET", path, &[&format!("traceparent: {traceparent}")], b"")
}

fn names(trace: &Value) -> Vec<&str> {
    let spans = trace["spans"].as_array().expect("spans");
    spans.iter().map(|span| span["name"].as_str().expect("a name")).collect()
}

#[test]
fn a_request_through_all_tiers_is_a_trace_of_four_spans() {
    let (Some(postgres), Some(redis)) = (Postgres::start(), Redis::start()) else { return };
    let (database, url) = (postgres.url(), redis.url());
    let services = ["--database-url", &database, "--redis-url", &url, "--queue-url", &url];
    let short = ["--redis-ttl", "500ms", "--database-timeout", "1s", "--trace-sample", "0"];
    let server = Server::start(&[&short[..], &services].concat());
    let (mut number, mut found) = (0_u128, Value::Null);
    // Redis is not believed at first.
    until("a request goes through all tiers", || {
        number += 1;
        let user = format!(r#"{{"name": "Ada", "email": "{number}@example.org"}}"#);
        let user = server.client().json("POST", "/users", &user);
        let place = user.header("location").expect("a place").to_owned();
        let trace = format!("{number:032x}");
        assert_eq!(ask(&server, &place, &format!("00-{trace}-{CALLER}-01")).status, 200);
        // What is done behind the answer is part of it.
        until("it is recorded", || match &recorded(&server, &trace)[..] {
            [one] => {
                found = one.clone();
                true
            }
            _ => false,
        });
        names(&found).len() == 4
    });
    assert_eq!(found["parent"], CALLER);
    assert_eq!((&found["method"], &found["route"]), (&"GET".into(), &"/users/{id}".into()));
    let mut sorted = names(&found);
    assert_eq!(sorted[..2], ["cache-get", "db-query"], "in this order");
    sorted.sort_unstable();
    assert_eq!(sorted, ["cache-get", "cache-set", "db-query", "queue-publish"]);
    let number_of = |value: &Value| value.as_f64().expect("a number");
    let took = number_of(&found["took"]);
    for span in found["spans"].as_array().unwrap() {
        let end = number_of(&span["begin"]) + number_of(&span["took"]);
        assert!(span["failed"] == false, "{span}");
        assert!(end <= took || span["name"] == "cache-set", "{span} of {took} ms");
    }
    // Whoever reads the queue goes on with the trace: the request is its caller.
    let caller = format!("00-{:032x}-{}-01", number, found["span"].as_str().unwrap());
    until("the event has come", || {
        let mut connection = redis::Client::open(redis.url()).unwrap().get_connection().unwrap();
        let all: StreamRangeReply = connection.xrange_all("access").unwrap();
        all.ids.iter().any(|event| event.get::<String>("traceparent").as_ref() == Some(&caller))
    });
}

#[test]
fn a_trace_is_taken_from_who_asks_if_it_is_one() {
    let server = Server::start(&["--trace-sample", "1"]);
    let given = |traceparent: &str| {
        let answer = ask(&server, "/plaintext", traceparent);
        let response = answer.header("traceresponse").expect("it is recorded").to_owned();
        let parts: Vec<String> = response.split('-').map(str::to_owned).collect();
        assert_eq!(
            (parts[0].as_str(), parts[1].len(), parts[2].len(), parts[3].as_str()),
            ("00", 32, 16, "01")
        );
        assert_ne!(parts[2], CALLER, "the request has a span of its own");
        parts[1].clone()
    };
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    for taken in [
        format!("00-{trace}-{CALLER}-01"),
        format!("00-{trace}-{CALLER}-00"),
        format!("00-{trace}-{CALLER}-ff"),
        // What a later version may look like.
        format!("cc-{trace}-{CALLER}-01"),
        format!("cc-{trace}-{CALLER}-01-what-comes-later"),
    ] {
        assert_eq!(given(&taken), trace, "{taken}");
    }
    for none in [
        String::new(),
        "00".to_owned(),
        format!("00-{trace}-{CALLER}"),
        format!("00-{trace}-{CALLER}-0"),
        format!("00-{trace}-{CALLER}-01-"),
        format!("cc-{trace}-{CALLER}-01x"),
        format!("ff-{trace}-{CALLER}-01"),
        format!("0x-{trace}-{CALLER}-01"),
        format!("00-{}-{CALLER}-01", "0".repeat(32)),
        format!("00-{trace}-{}-01", "0".repeat(16)),
        format!("00-{}-{CALLER}-01", trace.to_uppercase()),
        format!("00-{}é-{CALLER}-01", &trace[..30]),
        format!("00-+{}-{CALLER}-01", &trace[..31]),
    ] {
        assert_ne!(given(&none), trace, "{none}");
    }
}

#[test]
fn as_much_is_recorded_as_is_set_and_callers_cannot_have_more() {
    let nothing = Server::start(&["--trace-sample", "0"]);
    let count = |server: &Server| Exposition::of(server).sum("api_server_traces_total", &[]);
    for _ in 0..100 {
        assert_eq!(nothing.get("/plaintext").header("traceresponse"), None);
        // Its caller does not record it.
        let unsampled = ask(&nothing, "/users/7", &format!("00-{}-{CALLER}-00", "7".repeat(32)));
        assert_eq!(unsampled.header("traceresponse"), None);
    }
    assert_eq!(count(&nothing), 0.0);
    // Who reads the queue is told of the trace all the same.
    until("the events have come", || {
        let text = |worker| {
            std::fs::read_to_string(nothing.folder().join(format!("events/worker-{worker}.jsonl")))
        };
        let all = text(0).unwrap_or_default() + &text(1).unwrap_or_default();
        all.matches(&format!("00-{}-{CALLER}-00", "7".repeat(32))).count() == 100
    });
    let mut client = nothing.client();
    let begin = std::time::Instant::now();
    let wanted = [&*format!("traceparent: 00-{}-{CALLER}-01", "7".repeat(32))];
    for _ in 0..2000 {
        client.ask("GET", "/plaintext", &wanted, b"");
    }
    let seconds = begin.elapsed().as_secs() + 2;
    assert!(count(&nothing) <= (100 * seconds) as f64, "{} in {seconds} s", count(&nothing));
    assert!(count(&nothing) >= 100.0, "{}", count(&nothing));
    // By chance: of 1000, 500, give or take six times the deviation.
    let half = Server::start(&["--trace-sample", "0.5"]);
    for turn in 1..=1000 {
        half.get("/live");
        // No more than may be recorded in a second.
        if turn % 50 == 0 {
            sleep(Duration::from_millis(500));
        }
    }
    let recorded = count(&half);
    assert!((recorded - 500.0).abs() < 6.0 * 16.0, "{recorded}");
}

#[test]
fn who_looks_at_traces_does_not_see_himself() {
    let server = Server::start(&["--trace-sample", "1"]);
    for path in ["/", "/metrics", "/traces", "/errors", "/dashboard.js"] {
        assert_eq!(look_at(&server, path, &["host: localhost"]).status, 200, "{path}");
    }
    assert_eq!(server.get("/plaintext").status, 200);
    until("it is recorded", || Exposition::of(&server).sum("api_server_traces_total", &[]) == 2.0);
    let all = look_at(&server, "/traces", &["host: localhost"]).json();
    let routes: Vec<_> = all.as_array().unwrap().iter().map(|one| &one["route"]).collect();
    // One was asked when it started.
    assert_eq!(routes, ["/plaintext", "/live"]);
}
