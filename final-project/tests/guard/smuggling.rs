//! Requests that two programs may read in two ways. The cases are those on which lesson 2 tries its parser.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::house::{Server, WAIT_MAX};

/// The cases, and what each is.
const CASES: &str =
    include_str!("../../../lessons/lesson-2-lifecycle/tests/request/smuggling.toml");
/// What must not be answered.
const SMUGGLED: &[u8] = b"GET /plaintext?smuggled HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// What came before the connection was closed, or before nothing more came.
struct Conversation {
    statuses: Vec<u16>,
    closed: bool,
}

/// How bytes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pieces {
    /// First these, then what is behind them.
    InTurn,
    /// Together with what is behind them.
    Together,
    /// One by one.
    Bytes,
}

fn converse(server: &Server, bytes: &[u8], pieces: Pieces) -> Conversation {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream.set_read_timeout(Some(WAIT_MAX)).expect("a time-out");
    stream.set_nodelay(true).expect("no delay");
    let all = [bytes, SMUGGLED].concat();
    let first = match pieces {
        Pieces::InTurn => bytes.len(),
        Pieces::Together => all.len(),
        Pieces::Bytes => 1,
    };
    let rest = match pieces {
        Pieces::Bytes => 1,
        Pieces::InTurn | Pieces::Together => all.len(),
    };
    stream.write_all(&all[..first]).expect("the server reads");
    // It may close in the middle.
    let _ = all[first..].chunks(rest).try_for_each(|piece| stream.write_all(piece));
    let mut text = Vec::new();
    let closed = match stream.read_to_end(&mut text) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    };
    let text = String::from_utf8_lossy(&text);
    let statuses = text
        .match_indices("HTTP/1.1 ")
        .filter_map(|(at, start)| text[at + start.len()..].split(' ').next()?.parse().ok());
    Conversation { statuses: statuses.collect(), closed }
}

#[test]
fn what_could_be_read_in_two_ways_is_read_in_none() {
    // Whoever waits for more of a request is cut off soon.
    let server = Server::start(&["--head-timeout", "2s", "--body-timeout", "2s"]);
    let cases: toml::Table = CASES.parse().expect("TOML");
    let cases = cases["case"].as_array().expect("cases");
    assert!(cases.len() >= 40, "the cases are there");
    let mut wrong = Vec::new();
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("`{key}` in {case:?}"));
        assert!(
            ["MUST", "policy"].contains(&text("rule")) && !text("section").is_empty(),
            "{case:?}"
        );
        let status = case["status"].as_integer().expect("a status");
        let hyper = case.get("hyper").and_then(|hyper| hyper.as_table());
        let expected = hyper.map_or(status, |hyper| hyper["status"].as_integer().expect("one"));
        let closed = hyper.is_none_or(|hyper| hyper["closed"].as_bool().expect("yes or no"));
        // Where it does not close, the request behind is one of its own.
        let behind: &[u16] = if closed { &[] } else { &[200] };
        let first = |status: i64| if status == 0 { vec![] } else { vec![status as u16] };
        // What hyper does may depend on how much of it comes together.
        let or = hyper.and_then(|hyper| hyper.get("or")?.as_integer()).unwrap_or(expected);
        let answers = [expected, or].map(|status| [&first(status), behind].concat());
        for pieces in [Pieces::InTurn, Pieces::Together, Pieces::Bytes] {
            let seen = converse(&server, text("send").as_bytes(), pieces);
            let answers = if pieces == Pieces::Bytes { &answers[..] } else { &answers[..1] };
            if !answers.contains(&seen.statuses) || !seen.closed {
                let (name, seen) = (text("name"), seen.statuses);
                wrong.push(format!("{name}, {pieces:?}: {seen:?} and not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_comes_together_with_a_body_is_looked_at_too() {
    let server = Server::start(&[]);
    let post = "POST /users HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    let get = "GET /plaintext HTTP/1.1\r\nhost: a\r\n\r\n";
    for (body, behind, statuses) in [
        ("content-length: 2\r\n\r\n{}", get, vec![422, 200, 200]),
        ("content-length: 2\r\n\r\n{}", "GET /plaintext HTTP/1.1\nhost: a\n\n", vec![422]),
        // Where the body has ended, others may see otherwise.
        ("transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", get, vec![422]),
        // A length in which somebody may see another one.
        ("content-length:\t\t2 \r\n\r\n{}", get, vec![422, 200, 200]),
    ] {
        let request = format!("{post}{body}{behind}");
        let seen = converse(&server, request.as_bytes(), Pieces::Together);
        assert!(seen.closed && seen.statuses == statuses, "{request:?}: {:?}", seen.statuses);
    }
}

#[test]
fn a_request_for_a_whole_url_is_for_the_host_in_it() {
    let server = Server::start(&["--hosts", "api.example.org"]);
    let ask = |target: &str, host: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        converse(&server, request.as_bytes(), Pieces::InTurn).statuses
    };
    assert_eq!(ask("/plaintext", "api.example.org"), [200]);
    assert_eq!(ask("/plaintext", "API.example.org:8080"), [200]);
    assert_eq!(ask("/plaintext", "elsewhere.example.org"), [421]);
    assert_eq!(ask("/plaintext", "api.example.org.evil.example"), [421]);
    // RFC 9112 §3.2.2: the target counts, and not the field.
    assert_eq!(ask("http://api.example.org/plaintext", "elsewhere.example.org"), [200]);
    assert_eq!(ask("http://elsewhere.example.org/plaintext", "api.example.org"), [421]);
}

#[test]
fn a_head_without_end_is_cut_off_by_its_length_and_by_its_time() {
    let server = Server::start(&["--head-bytes", "16k", "--head-timeout", "1s"]);
    let head =
        [&b"GET /plaintext HTTP/1.1\r\nhost: a\r\n"[..], &b"x: y\r\n".repeat(10_000)].concat();
    let long = converse(&server, &head, Pieces::InTurn);
    assert_eq!((long.statuses, long.closed), (vec![431], true));
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.set_read_timeout(Some(WAIT_MAX)).unwrap();
    slow.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    slow.write_all(b"GET /plaintext HTTP/1.1\r\nhost: a\r\nx: ").unwrap();
    let mut answer = Vec::new();
    assert!(slow.read_to_end(&mut answer).is_ok() && answer.is_empty(), "{answer:?}");
}
