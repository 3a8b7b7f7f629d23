//! Goal: nobody but a page of this book lets anything run, whatever they send; and whatever runs, what it says is bounded
//! and stays text.
//!
//! Method: as in `api.rs`, with requests that no page of ours sends.

mod asked_book;
mod live_book;
mod tiny_book;

use std::io::{Read, Write};

use asked_book::{ask, followed, headers, live, post, start, token};
use live_book::{PATIENCE, assert_status};
use serde_json::json;

#[test]
fn what_the_workbook_does_not_name_is_not_run() {
    let live = live("exit 0");
    let token = token(&live);
    for name in [
        "lesson-1/nothing",
        "lesson-2/frame",
        "frame",
        "1/frame",
        "lesson-1",
        "lesson-1/../frame",
        "lesson-1/frame --solution",
        "lesson-1/frame\n",
        "--help",
        "",
    ] {
        let (status, answer) = ask(&live, &token, "check", &json!({ "exercise": name }));
        assert_eq!(status, 404, "{name}: {answer}");
        for path in ["report", "hint", "solution"] {
            let body = match path {
                "hint" => json!({ "exercise": name, "shown": 1 }),
                _ => json!({ "exercise": name }),
            };
            assert_eq!(ask(&live, &token, path, &body).0, 404, "{path} {name}");
        }
        assert_eq!(ask(&live, &token, "lab", &json!({ "lab": name })).0, 404, "{name}");
        let predict = json!({ "prediction": name, "number": 1.0 });
        assert_eq!(ask(&live, &token, "predict", &predict).0, 404, "{name}");
    }
    assert_eq!(ask(&live, &token, "nothing", &json!({})).0, 404);
    assert!(!live.book.root().join(".workbook").exists(), "nothing was remembered");
}

#[test]
fn without_the_token_of_this_start_nothing_is_done() {
    let live = live("exit 0");
    let token = token(&live);
    let body = r#"{"exercise": "lesson-1/frame"}"#;
    let other = format!("{}{}", &token[1..], &token[..1]);
    let json = "Content-Type: application/json\r\n";
    for wrong in [
        String::new(),
        "X-Workbook-Token: \r\n".to_owned(),
        format!("X-Workbook-Token: {other}x\r\n"),
        format!("X-Workbook-Token: {}\r\n", &token[..31]),
        format!("X-Workbook-Token: {token}0\r\n"),
        format!("X-Workbook-Token: {}\r\n", token.to_uppercase() + "A"),
        format!("Cookie: token={token}\r\n"),
        format!("Authorization: Bearer {token}\r\n"),
    ] {
        let answer = post(&live, "check", &format!("{json}{wrong}"), body);
        assert_status(&answer, 403);
        assert!(answer.ends_with("{\"error\":\"token\"}"), "{answer}");
    }
    // Nor in an address, where it would leak.
    let answer = post(&live, &format!("check?token={token}"), json, body);
    assert_status(&answer, 403);
    assert_status(&live.ask("GET", &format!("/api/check?token={token}"), ""), 405);
}

#[test]
fn a_page_of_another_site_cannot_act_even_with_the_token() {
    let live = live("exit 0");
    let token = token(&live);
    let port = live.address.port();
    let body = r#"{"exercise": "lesson-1/frame"}"#;
    let good = format!("X-Workbook-Token: {token}\r\n");
    let json = "Content-Type: application/json\r\n";
    for (headers, status) in [
        (format!("{json}{good}Origin: http://evil.example\r\n"), 403),
        (format!("{json}{good}Origin: http://evil.example:{port}\r\n"), 403),
        (format!("{json}{good}Origin: http://localhost:{}\r\n", port ^ 1), 403),
        (format!("{json}{good}Origin: https://localhost:{port}\r\n"), 403),
        (format!("{json}{good}Origin: null\r\n"), 403),
        (format!("{json}{good}Sec-Fetch-Site: cross-site\r\n"), 403),
        (format!("{json}{good}Sec-Fetch-Site: same-site\r\n"), 403),
        // What a form can send without asking for leave.
        (format!("Content-Type: text/plain\r\n{good}"), 415),
        (format!("Content-Type: application/x-www-form-urlencoded\r\n{good}"), 415),
        (good.clone(), 415),
    ] {
        assert_status(&post(&live, "check", &headers, body), status);
    }
    // A name that leads here (DNS rebinding) is not ours, and its page is not same-origin.
    let length = body.len();
    let rebound = live.send(&format!(
        "POST /api/check HTTP/1.1\r\nHost: evil.example:{port}\r\nConnection: close\r\n{json}{good}Content-Length: {length}\r\n\r\n{body}"
    ));
    assert_status(&rebound, 403);
    // Leave to send such headers from elsewhere is never given.
    let preflight = live.ask(
        "OPTIONS",
        "/api/check",
        "Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n",
    );
    assert_status(&preflight, 405);
    assert!(!preflight.contains("access-control-"), "{preflight}");
}

#[test]
fn a_request_that_is_long_slow_or_not_json_is_refused() {
    let live = live("exit 0");
    let token = token(&live);
    let long = format!("{{\"exercise\": \"{}\"}}", "x".repeat(20_000));
    assert_status(&post(&live, "check", &headers(&live, &token), &long), 413);
    for body in ["", "{", "[]", "\"x\"", "{\"exercise\": {}}", "{\"exercise\":\"a\",\"b\":1}"] {
        assert_status(&post(&live, "check", &headers(&live, &token), body), 400);
    }
    let mut slow = live.connect();
    let head = headers(&live, &token);
    let host = format!("localhost:{}", live.address.port());
    let request = format!(
        "POST /api/check HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 9\r\n{head}\r\n{{"
    );
    slow.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("it answers in time");
    assert_status(&answer, 408);
}

#[test]
fn what_a_run_says_is_bounded_and_the_report_comes_through() {
    let plan = "i=0; while [ $i -lt 9000 ]; do echo \"line $i\"; i=$((i+1)); done
        head -c 9000000 /dev/zero | tr '\\0' 'x'; echo; echo '{\"event\":\"report\",\"n\":2}'";
    let live = live(plan);
    let token = token(&live);
    let run = start(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    let told = followed(&live, run);
    assert!(told.len() < 5000, "{} lines", told.len());
    let end = told.last().expect("an end");
    assert!(end["left_out"].as_u64().is_some_and(|count| count > 4000), "{end}");
    assert!(told.iter().any(|event| event["said"]["n"] == 2), "the report is not left out");
    let longest = told.iter().map(|event| event.to_string().len()).max();
    assert!(longest.is_some_and(|length| length < 5000), "{longest:?}");
}

#[test]
fn markup_and_escapes_in_what_a_run_says_stay_text_in_json() {
    let live = live(
        r#"printf '<script>alert(1)</script>\033]8;;http://evil.example\007link\033]8;;\007 \001\n\n'; printf 'event: build\ndata: {}\n\n'"#,
    );
    let token = token(&live);
    let run = start(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    let told = followed(&live, run);
    let texts: Vec<_> = told.iter().filter_map(|event| event["said"]["text"].as_str()).collect();
    assert!(
        texts.iter().any(|text| text.starts_with("<script>") && text.contains('\u{1b}')),
        "{texts:?}"
    );
    // A line of its own cannot become an event of the stream's.
    assert!(texts.contains(&"event: build") && texts.contains(&"data: {}"), "{texts:?}");
}

#[test]
fn a_thousand_silent_connections_only_delay_a_reader() {
    let live = live("exit 0");
    token(&live);
    let connect = || std::net::TcpStream::connect_timeout(&live.address, PATIENCE);
    let held: Vec<_> = (0..1000).map(|_| connect().expect("there is room in the queue")).collect();
    // Each of them loses its place after a few seconds in which it says nothing.
    assert_status(&live.ask("GET", "/index.html", ""), 200);
    drop(held);
}
