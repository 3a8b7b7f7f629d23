//! The log, for programs.

use rustix::process::Signal;
use serde_json::Value;

use crate::house::{Server, send, until};

fn lines(server: &Server) -> Vec<Value> {
    let log = server.log();
    // One may just be written.
    let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn each_line_is_a_document_that_says_who_and_when() {
    let server = Server::start(&["--log-format", "json"]);
    let victim = server.workers()[0];
    send(victim, Signal::KILL);
    until("it is told", || lines(&server).iter().any(|line| line["level"] == "error"));
    server.signal(Signal::HUP);
    until("workers say something", || {
        lines(&server).iter().any(|line| line["process"] == "worker")
    });
    for line in lines(&server) {
        assert!(line["time"].as_f64().is_some_and(|time| time > 1.7e9), "{line}");
        assert!(["info", "error"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert!(line["message"].as_str().is_some_and(|message| !message.is_empty()), "{line}");
        match line["process"].as_str() {
            Some("master") => assert!(line.get("worker").is_none(), "{line}"),
            Some("worker") => {
                assert!(line["worker"].is_u64() && line["life"].is_u64(), "{line}");
            }
            _ => panic!("{line}"),
        }
    }
}

#[test]
fn an_error_of_a_request_names_its_trace() {
    // Nobody is there.
    let database = "postgres://users@127.0.0.1:1/users";
    let server =
        Server::start(&["--log-format", "json", "--trace-sample", "0", "--database-url", database]);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let field = format!("traceparent: 00-{trace}-00f067aa0ba902b7-01");
    assert_eq!(server.client().ask("GET", "/users/7", &[&field], b"").status, 503);
    until("it is told", || {
        lines(&server).iter().any(|line| {
            let message = line["message"].as_str().unwrap();
            line["trace"] == trace && message.starts_with("the database failed")
        })
    });
    // In text, too.
    let server = Server::start(&["--trace-sample", "0", "--database-url", database]);
    assert_eq!(server.client().ask("GET", "/users/7", &[&field], b"").status, 503);
    until("it is told", || server.log().contains(&format!("(trace {trace})")));
}
