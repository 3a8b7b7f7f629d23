//! Goal: pages of this book can let the runner run and keep answers; nobody else can, whatever they send.
//!
//! Method: the tiny book is served with a runner that is a shell script, and asked over plain TCP. What the real runner
//! prints is tested with the runner, what a page does with it in a browser.

mod live_book;
mod tiny_book;

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use live_book::{Live, PATIENCE, assert_status};
use serde_json::{Value, json};
use tiny_book::TinyBook;

/// A runner that says what it was asked, and then does what its file `plan` says.
const RUNNER: &str = r#"
echo "{\"event\":\"status\",\"text\":\"$*\"}"
echo "to the other stream" >&2
. ./plan
"#;

fn live(plan: &str) -> Live {
    let book = TinyBook::new();
    book.write("runner.sh", RUNNER);
    book.write("plan", plan);
    book.write("lessons/lesson-1-networking/src/frame.rs", "pub fn frame() {}\n");
    Live::with(book, |options| {
        options.runner = ["sh", "runner.sh"].map(OsString::from).into();
    })
}

/// The token in a page.
fn token(live: &Live) -> String {
    live.events().next_built();
    let page = live.ask("GET", "/index.html", "");
    let token = page.split_once("data-token=\"").expect("the page has a token").1;
    token[..32].to_owned()
}

/// A request that acts, as a page sends it, with other headers where they are given.
fn post(live: &Live, path: &str, headers: &str, body: &str) -> String {
    let length = format!("Content-Length: {}\r\n", body.len());
    let host = format!("Host: localhost:{}\r\n", live.address.port());
    live.send(&format!(
        "POST /api/{path} HTTP/1.1\r\n{host}Connection: close\r\n{length}{headers}\r\n{body}"
    ))
}

fn headers(live: &Live, token: &str) -> String {
    let origin = format!("http://localhost:{}", live.address.port());
    format!(
        "Content-Type: application/json\r\nX-Workbook-Token: {token}\r\nOrigin: {origin}\r\nSec-Fetch-Site: same-origin\r\n"
    )
}

/// A request of a page of this book: the answer's status and JSON.
fn ask(live: &Live, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let answer = post(live, path, &headers(live, token), &body.to_string());
    let status = answer[9..12].parse().expect("a status");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    (status, serde_json::from_str(body).unwrap_or_else(|_| panic!("JSON: {answer}")))
}

/// Everything that the server tells of a run, until it has ended.
fn followed(live: &Live, run: u64) -> Vec<Value> {
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

#[test]
fn a_check_runs_and_every_page_hears_what_it_says() {
    let live = live("echo '{\"event\":\"report\",\"n\":1}'; echo text; exit 1");
    let token = token(&live);
    let mut early = live.events();
    let (status, answer) = ask(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    assert_eq!((status, &answer["run"]), (200, &1.into()), "{answer}");
    let told = followed(&live, 1);
    assert_eq!(told[0]["what"], json!({ "kind": "check", "name": "lesson-1/frame" }));
    let said: Vec<_> = told.iter().filter_map(|event| event.get("said")).collect();
    // The two streams come in whatever order.
    let asked = json!({ "event": "status", "text": "check lesson-1/frame --format events" });
    assert!(said.contains(&&asked), "{said:?}");
    assert!(said.contains(&&json!({ "event": "text", "text": "to the other stream" })), "{said:?}");
    assert!(said.contains(&&json!({ "event": "text", "text": "text" })), "{said:?}");
    assert!(said.iter().any(|said| said["event"] == "report" && said["n"] == 1), "{said:?}");
    let end = told.last().expect("an end");
    assert_eq!((&end["ended"]["status"], &end["ended"]["cancelled"]), (&1.into(), &false.into()));
    // A page that was open before has heard it too.
    while early.next()["id"] != 1 {}
}

#[test]
fn a_lab_gets_the_parameters_that_the_workbook_allows() {
    let live = live("exit 0");
    let token = token(&live);
    let lab = |parameters: Value| {
        ask(&live, &token, "lab", &json!({ "lab": "lesson-1/nagle", "parameters": parameters }))
    };
    assert_eq!(lab(json!({ "rounds": 20 })).0, 200);
    let told = followed(&live, 1);
    let wanted = "lab lesson-1/nagle --format events --set rounds=20";
    assert!(told.iter().any(|event| event["said"]["text"] == wanted), "{told:?}");
    for (parameters, error) in [
        (json!({ "rounds": 9 }), "rounds is a whole number from 10 to 10000"),
        (json!({ "rounds": 10_001 }), "rounds is a whole number from 10 to 10000"),
        (json!({ "round": 10 }), "there is no parameter `round`"),
        (json!({ "rounds": -1 }), "malformed"),
        (json!({ "rounds": "10; rm" }), "malformed"),
    ] {
        let (status, answer) = lab(parameters);
        assert_eq!(status, 400, "{answer}");
        assert!(answer["error"].as_str().is_some_and(|text| text.contains(error)), "{answer}");
    }
}

#[test]
fn one_thing_runs_at_a_time_and_can_be_cancelled() {
    let live = live("sleep 1000 & echo $! > pid; wait");
    let token = token(&live);
    let check = json!({ "exercise": "lesson-1/frame" });
    assert_eq!(ask(&live, &token, "check", &check).0, 200);
    let (status, answer) = ask(&live, &token, "lab", &json!({ "lab": "lesson-1/nagle" }));
    assert_eq!(status, 409, "{answer}");
    assert!(
        answer["error"].as_str().is_some_and(|text| text.starts_with("lesson-1/frame is running"))
    );
    let pid = wait_for(&live.book.root().join("pid"));
    assert_eq!(ask(&live, &token, "cancel", &json!({ "run": 7 })).1["cancelled"], false);
    assert_eq!(ask(&live, &token, "cancel", &json!({ "run": 1 })).1["cancelled"], true);
    let told = followed(&live, 1);
    assert_eq!(told.last().expect("an end")["ended"]["cancelled"], true);
    gone(&pid);
    assert_eq!(ask(&live, &token, "check", &check).1["run"], 2, "the next may begin");
}

#[test]
fn the_end_of_the_server_is_the_end_of_what_it_runs() {
    let live = live("sleep 1000 & echo $! > pid; wait");
    let token = token(&live);
    ask(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    let pid = wait_for(&live.book.root().join("pid"));
    drop(live);
    gone(&pid);
}

/// What a file holds as soon as it is there and has an end.
fn wait_for(path: &Path) -> String {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    panic!("{} does not come", path.display());
}

/// A process has ended, or ends soon.
#[track_caller]
fn gone(pid: &str) {
    let deadline = Instant::now() + PATIENCE;
    let stat = Path::new("/proc").join(pid).join("stat");
    // One that nobody waits for any more is gone, too.
    while fs::read_to_string(&stat).is_ok_and(|text| !text.contains(") Z ")) {
        assert!(Instant::now() < deadline, "process {pid} is still there");
        std::thread::sleep(Duration::from_millis(2));
    }
}

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
    ask(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    let told = followed(&live, 1);
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
    ask(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    let told = followed(&live, 1);
    let texts: Vec<_> = told.iter().filter_map(|event| event["said"]["text"].as_str()).collect();
    assert!(
        texts.iter().any(|text| text.starts_with("<script>") && text.contains('\u{1b}')),
        "{texts:?}"
    );
    // A line of its own cannot become an event of the stream's.
    assert!(texts.contains(&"event: build") && texts.contains(&"data: {}"), "{texts:?}");
}

#[test]
fn the_first_prediction_stays_and_hints_are_counted() {
    let live = live("exit 0");
    live.book.replace("lessons/workbook.toml", "[[lesson.lab]]", "[[lesson.prediction]]\nid = \"stall\"\nquestion = \"How long?\"\nunit = \"ms\"\ntable = \"nagle\"\nrow = \"off\"\ncolumn = \"p50\"\n\n[[lesson.lab]]");
    live.book.append("book/src/lesson-1/index.md", "{{#predict lesson-1/stall}}\n");
    let token = token(&live);
    let predict = |number: Value| {
        ask(&live, &token, "predict", &json!({ "prediction": "lesson-1/stall", "number": number }))
    };
    assert_eq!(predict(json!(4.5)), (200, json!({ "number": 4.5 })));
    assert_eq!(predict(json!(44)), (200, json!({ "number": 4.5 })));
    for number in [json!(0), json!(-1), json!("4"), json!(null)] {
        assert_eq!(predict(number).0, 400);
    }
    let hint = |shown: u32| {
        ask(&live, &token, "hint", &json!({ "exercise": "lesson-1/frame", "shown": shown }))
    };
    assert_eq!(hint(1).0, 200);
    assert_eq!(hint(1000).0, 200);
    assert_eq!(hint(1).0, 200, "fewer than before are no news");
    let mut events = live.events();
    let memory =
        std::iter::from_fn(|| Some(events.next())).find(|event| event.get("exercises").is_some());
    let memory = memory.expect("the memory is told");
    assert_eq!(memory["exercises"]["lesson-1/frame"]["hints"], 2);
    assert_eq!(memory["predictions"]["lesson-1/stall"]["number"], 4.5);
}

#[test]
fn an_answer_is_judged_by_the_quiz_and_not_by_the_page() {
    let live = live("exit 0");
    live.book.write("book/quizzes/lesson-1/cut.toml", QUIZ);
    live.book.append("book/src/lesson-1/index.md", "{{#quiz lesson-1/cut}}\n");
    let token = token(&live);
    let answer = |question: &str, answer: Value| {
        ask(&live, &token, "answer", &json!({ "question": question, "answer": answer }))
    };
    assert_eq!(answer("lesson-1/cut/zero", json!(["b"])), (200, json!({ "right": false })));
    assert_eq!(answer("lesson-1/cut/zero", json!(["a"])), (200, json!({ "right": true })));
    for (question, given) in [
        ("lesson-1/cut/one", json!(["a"])),
        ("lesson-1/cut/zero", json!(["z"])),
        ("lesson-1/../cut/zero", json!(["a"])),
        ("../../secret", json!(["a"])),
    ] {
        assert_eq!(answer(question, given).0, 404, "{question}");
    }
    assert_eq!(answer("lesson-1/cut/zero", json!("a")).0, 400);
    let state = live.book.read(".workbook/state.json");
    let state: Value = serde_json::from_str(&state).expect("JSON");
    let kept = &state["answers"]["lesson-1/cut/zero"];
    assert_eq!((&kept["right"], &kept["tries"]), (&true.into(), &2.into()));
}

const QUIZ: &str = "[[question]]
id = \"zero\"
kind = \"single\"
ask = \"What does it mean?\"
option = [
    { text = \"the end\", right = true, why = \"It is said so.\" },
    { text = \"an error\", why = \"That would be an `Err`.\" },
]
";

#[test]
fn what_another_runner_remembers_is_told() {
    let live = live("exit 0");
    let mut events = live.events();
    let standing = |events: &mut live_book::Events| loop {
        let event = events.next();
        if let Some(standing) = event["exercises"]["lesson-1/frame"]["standing"].as_str() {
            return standing.to_owned();
        }
    };
    assert_eq!(standing(&mut events), "new");
    live.book.write(
        ".workbook/state.json",
        r#"{"schema": 1, "exercises": {"lesson-1/frame": {"checks": 1}}}"#,
    );
    while standing(&mut events) != "begun" {}
    live.book.write(".workbook/state.json", r#"{"schema": 99}"#);
    while !events.next()["trouble"].as_str().is_some_and(|text| text.contains("newer runner")) {}
}

#[test]
fn the_reference_is_shown_only_after_a_pass_or_when_it_is_asked_for() {
    let live = live("exit 0");
    live.book.write("solutions/lesson-1-networking/src/frame.rs", "pub fn frame() {\n    // ANCHOR: body\n    // TASK: write it\n    read();\n    // ANCHOR_END: body\n}\n");
    let token = token(&live);
    let solution = |spoil: bool| {
        ask(&live, &token, "solution", &json!({ "exercise": "lesson-1/frame", "spoil": spoil }))
    };
    assert_eq!(solution(false).0, 409);
    let (status, answer) = solution(true);
    assert_eq!(status, 200, "{answer}");
    assert!(
        answer["files"][0]["lines"].as_array().is_some_and(|lines| lines.len() > 2),
        "{answer}"
    );
}

#[test]
fn a_runner_that_is_not_there_is_named() {
    let live = Live::with(TinyBook::new(), |options| {
        options.runner = vec!["/nowhere/cargo-of-old".into()];
    });
    let token = token(&live);
    let (status, answer) = ask(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    assert_eq!(status, 500);
    assert!(
        answer["error"].as_str().is_some_and(|text| text.starts_with("cannot start the runner"))
    );
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

#[test]
fn two_live_books_share_what_is_remembered() {
    let live = live("exit 0");
    let token = token(&live);
    let mut options = book_server::serve::Options::new(live.book.root().to_owned());
    options.port = 0;
    let other = book_server::serve::Server::bind(options).expect("a second port");
    let address = other.address();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = std::thread::spawn(move || {
        other.run(async {
            _ = stopped.await;
        })
    });
    let mut stream = std::net::TcpStream::connect_timeout(&address, PATIENCE).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let request = format!("GET /events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", address.port());
    stream.write_all(request.as_bytes()).expect("it reads");
    let hint = json!({ "exercise": "lesson-1/frame", "shown": 2 });
    assert_eq!(ask(&live, &token, "hint", &hint).0, 200);
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains("\"hints\":2") {
        let mut more = [0; 4096];
        let count = stream.read(&mut more).expect("news in time");
        assert!(count > 0, "the stream stays open");
        told.extend_from_slice(&more[..count]);
    }
    // The token of one start is nothing to another.
    let mut stream = std::net::TcpStream::connect_timeout(&address, PATIENCE).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let request = format!(
        "POST /api/cancel HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\nX-Workbook-Token: {token}\r\nContent-Length: 9\r\n\r\n{{\"run\":1}}",
        address.port()
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert_status(&answer, 403);
    drop(stop);
    served.join().expect("it does not panic").expect("it ends well");
}

#[test]
fn a_tree_that_goes_away_leaves_the_pages_and_a_clear_error() {
    let live = live("exit 0");
    let token = token(&live);
    let check = json!({ "exercise": "lesson-1/frame" });
    fs::rename(live.book.root().join("lessons"), live.book.root().join("elsewhere"))
        .expect("it is there");
    let (status, answer) = ask(&live, &token, "check", &check);
    assert_eq!(status, 500);
    assert!(
        answer["error"].as_str().is_some_and(|text| text.contains("lessons/workbook.toml")),
        "{answer}"
    );
    assert_status(&live.ask("GET", "/lesson-1/frame.html", ""), 200);
    fs::rename(live.book.root().join("elsewhere"), live.book.root().join("lessons"))
        .expect("it is there");
    assert_eq!(ask(&live, &token, "check", &check).0, 200, "it is back");
}
