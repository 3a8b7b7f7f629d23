//! A tiny book that is served with a runner which is a shell script, and asked as a page asks it.

#![allow(dead_code)] // every test file uses a part of it

use std::ffi::OsString;

use serde_json::Value;

use crate::live_book::Live;
use crate::tiny_book::TinyBook;

/// A runner that says what it was asked, and then does what its file `plan` says.
const RUNNER: &str = r#"
echo "{\"event\":\"status\",\"text\":\"$*\"}"
echo "to the other stream" >&2
. ./plan
"#;

pub(crate) fn live(plan: &str) -> Live {
    live_with(plan, |_| ())
}

/// The same, of a book that is changed before it is served: a build in the middle of a change would find defects.
pub(crate) fn live_with(plan: &str, change: impl FnOnce(&TinyBook)) -> Live {
    let book = TinyBook::new();
    change(&book);
    book.write("runner.sh", RUNNER);
    book.write("plan", plan);
    book.write("lessons/lesson-1-networking/src/frame.rs", "pub fn frame() {}\n");
    Live::with(book, |options| {
        options.runner = ["sh", "runner.sh"].map(OsString::from).into();
    })
}

/// The token in a page.
pub(crate) fn token(live: &Live) -> String {
    live.events().next_built();
    let page = live.ask("GET", "/index.html", "");
    let token = page.split_once("data-token=\"").expect("the page has a token").1;
    token[..32].to_owned()
}

/// A request that acts, as a page sends it, with other headers where they are given.
pub(crate) fn post(live: &Live, path: &str, headers: &str, body: &str) -> String {
    let length = format!("Content-Length: {}\r\n", body.len());
    let host = format!("Host: localhost:{}\r\n", live.address.port());
    live.send(&format!(
        "POST /api/{path} HTTP/1.1\r\n{host}Connection: close\r\n{length}{headers}\r\n{body}"
    ))
}

pub(crate) fn headers(live: &Live, token: &str) -> String {
    let origin = format!("http://localhost:{}", live.address.port());
    format!(
        "Content-Type: application/json\r\nX-Workbook-Token: {token}\r\nOrigin: {origin}\r\nSec-Fetch-Site: same-origin\r\n"
    )
}

/// A request of a page of this book: the answer's status and JSON.
pub(crate) fn ask(live: &Live, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let answer = post(live, path, &headers(live, token), &body.to_string());
    let status = answer[9..12].parse().expect("a status");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    (status, serde_json::from_str(body).unwrap_or_else(|_| panic!("JSON: {answer}")))
}

/// Starts something, and returns the run's id.
pub(crate) fn start(live: &Live, token: &str, path: &str, body: &Value) -> u64 {
    let (status, answer) = ask(live, token, path, body);
    assert_eq!(status, 200, "{answer}");
    answer["run"].as_u64().expect("a number")
}

/// Everything that the server tells of a run, until it has ended.
pub(crate) fn followed(live: &Live, run: u64) -> Vec<Value> {
    let mut events = live.events();
    let mut told = Vec::new();
    loop {
        let event = events.next();
        if event["id"] != run {
            continue;
        }
        let ended = !event["ended"].is_null();
        told.push(event);
        if ended {
            return told;
        }
    }
}
