//! What the page at `/` gets, and who gets it. Whether a person sees it is tried in a browser.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::house::connections::connections;
use crate::house::exposition::look_at;
use crate::house::{Server, WAIT_MAX, send, until};

/// A page that is open.
struct Page(BufReader<TcpStream>);

impl Page {
    fn open(server: &Server) -> Self {
        let mut client = server.client();
        client.send(b"GET /dashboard/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
        Self(BufReader::new(client.stream))
    }

    /// The next event; `None` at the end.
    fn next(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).expect("a line") == 0 {
                return None;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).expect("JSON"));
            }
            // The last chunk.
            if line == "0\r\n" {
                return None;
            }
        }
    }

    /// The next one of which something holds.
    fn until(&mut self, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let event = self.next().expect("an event");
            if so(&event) {
                return event;
            }
            assert!(Instant::now() < deadline, "{what}: {event}");
        }
    }
}

fn goal<'e>(event: &'e Value, alert: &str) -> &'e Value {
    let goals = event["goals"].as_array().expect("goals");
    goals.iter().find(|goal| goal["alert"] == alert).expect("the goal")
}

#[test]
fn events_tell_what_all_workers_do_now() {
    let server = Server::start(&[]);
    let mut page = Page::open(&server);
    let first = page.next().expect("an event");
    assert_eq!(goal(&first, "ApiServerFewRequests")["light"], "unknown", "there is no rate yet");
    let (outcome, busy) = server.under_load(
        // Who is ready first looks after the other's connections for a moment: so there are always new ones.
        |plan| (plan.connections, plan.keep_alive) = (16, false),
        || {
            page.until("both workers answer", |event| {
                let rates = event["processes"].as_array().unwrap()[1..].iter();
                rates.filter(|process| process["answers"].as_f64() > Some(10.0)).count() == 2
            })
        },
    );
    let throughput = goal(&busy, "ApiServerFewRequests")["value"].as_f64().unwrap();
    let processes = &busy["processes"].as_array().unwrap()[1..];
    let sum: f64 = processes.iter().map(|process| process["answers"].as_f64().unwrap()).sum();
    assert!((sum / throughput - 1.0).abs() < 0.1, "{sum} of {throughput}");
    let all = outcome.tally.latencies.count() as f64;
    assert!(throughput <= all, "the load took longer than a second");
    let latency = goal(&busy, "ApiServerSlow")["value"].as_f64().unwrap();
    assert!(latency > 0.0 && latency < WAIT_MAX.as_secs_f64(), "{latency} s");
    assert!(goal(&busy, "ApiServerProcessorsFull")["value"].as_f64() > Some(0.0));
    // What is over is seen to be over.
    let idle = page.until("it is quiet", |event| {
        goal(event, "ApiServerFewRequests")["value"].as_f64() < Some(1.0)
    });
    assert_eq!(goal(&idle, "ApiServerFewRequests")["light"], "alarm");
    assert_eq!(goal(&busy, "ApiServerErrors")["light"], "good");
}

#[test]
fn a_worker_that_dies_is_seen_to_be_replaced() {
    let server = Server::start(&[]);
    let mut page = Page::open(&server);
    let before = page.next().expect("an event");
    // The one that does not have the page.
    let victim = server.workers().into_iter().min_by_key(|&pid| connections(pid)).unwrap();
    assert_eq!(before["failed"], 0);
    send(victim, Signal::KILL);
    let after = page.until("there is another one", |event| {
        event["failed"] == 1 && event["processes"].as_array().unwrap().len() == 3
    });
    let processes = after["processes"].as_array().unwrap();
    assert!(processes.iter().all(|process| process["pid"] != victim), "{after}");
    assert_eq!(after["started"], 3);
    // The first look was of a server in which none had died.
    assert_eq!(goal(&after, "ApiServerWorkersFail")["value"], 1.0);
}

#[test]
fn a_page_stays_open_and_there_are_few() {
    // Pages are no slow clients: nothing waits for them.
    let options = ["--workers", "1", "--write-timeout", "100ms", "--rate-min", "1m"];
    let server = Server::start(&options);
    let mut pages: Vec<_> = (0..8).map(|_| Page::open(&server)).collect();
    pages.iter_mut().for_each(|page| assert!(page.next().is_some()));
    assert_eq!(look_at(&server, "/dashboard/events", &["host: localhost"]).status, 503);
    (0..3).for_each(|_| assert!(pages[0].next().is_some()));
    // Who leaves makes room.
    pages.pop();
    until("there is room", || {
        let mut client = server.client();
        client.send(b"GET /dashboard/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let mut line = String::new();
        BufReader::new(&client.stream).read_line(&mut line).unwrap();
        line.starts_with("HTTP/1.1 200")
    });
}

#[test]
fn an_open_page_does_not_hold_a_server_that_stops() {
    let server = Server::start(&[]);
    let mut page = Page::open(&server);
    assert!(page.next().is_some());
    let begin = Instant::now();
    drop(server.stop());
    assert!(begin.elapsed() < Duration::from_secs(10), "less than `drain_timeout`");
    while page.next().is_some() {}
}

#[test]
fn the_page_is_for_who_has_the_token_where_there_is_one() {
    let token = "correct-horse-battery";
    let server = Server::start(&["--admin-token", token]);
    let ask = |path: &str, fields: &[&str]| look_at(&server, path, fields);
    let elsewhere = ask("/", &["host: api.example.org"]);
    assert_eq!(elsewhere.status, 401);
    assert!(elsewhere.text().contains("type=\"password\""));
    assert_eq!(ask("/dashboard/events", &["host: api.example.org"]).status, 401);

    let enter = |token: &str| {
        let form = format!("token={token}\r\n");
        server.client().ask("POST", "/session", &["content-type: text/plain"], form.as_bytes())
    };
    for wrong in ["", "correct-horse", "correct-horse-batterz", "correct-horse-battery2"] {
        let refused = enter(wrong);
        assert_eq!((refused.status, refused.header("set-cookie")), (401, None), "{wrong}");
    }
    let entered = enter(token);
    assert_eq!((entered.status, entered.header("location")), (303, Some("/")));
    let cookie = entered.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = format!("cookie: {}", cookie.split(';').next().unwrap());
    let page = ask("/", &["host: api.example.org", &cookie]);
    assert!(page.status == 200 && page.text().contains("id=\"goals\""), "{page:?}");
    assert_eq!(ask("/metrics", &["host: api.example.org", &cookie]).status, 200);
}

#[test]
fn the_page_may_do_nothing_but_load_what_is_here() {
    let server = Server::start(&[]);
    let page = look_at(&server, "/", &["host: localhost"]);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    for (path, kind) in [("/dashboard.js", "text/javascript"), ("/dashboard.css", "text/css")] {
        assert!(page.text().contains(path), "{path}");
        let part = server.get(path);
        assert!(part.header("content-type").unwrap().starts_with(kind));
    }
    // Nothing in it is of another host, or would need a weaker policy.
    for text in [page.text(), server.get("/dashboard.js").text()] {
        assert!(!text.contains(" style=\"") && !text.contains("innerHTML"));
        assert!(!text.replace("http://www.w3.org/2000/svg", "").contains("://"), "{text}");
    }
}

#[test]
fn who_asks_for_the_head_alone_opens_no_page() {
    let server = Server::start(&["--workers", "1"]);
    for _ in 0..20 {
        let mut client = server.client();
        client.send(b"HEAD /dashboard/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
        assert_eq!(client.answer(true).expect("an answer").status, 200);
        // The connection is there for the next request.
        assert_eq!(client.get("/plaintext").status, 200);
    }
}
