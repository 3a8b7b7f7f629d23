//! Goal: pages of this book can let the runner run and keep answers, and every page hears of it.
//!
//! Method: the tiny book is served with a runner that is a shell script, and asked over plain TCP. What the real runner
//! prints is tested with the runner, what a page does with it in a browser, who is refused in `attack.rs`.

mod asked_book;
mod live_book;
mod tiny_book;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use asked_book::{ask, followed, live, live_with, start, token};
use live_book::{Live, PATIENCE, assert_status};
use serde_json::{Value, json};
use tiny_book::TinyBook;

#[test]
fn a_check_runs_and_every_page_hears_what_it_says() {
    let live = live("echo '{\"event\":\"report\",\"n\":1}'; echo text; exit 1");
    let token = token(&live);
    let mut early = live.events();
    let run = start(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    let told = followed(&live, run);
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
    while early.next()["id"] != run {}
}

#[test]
fn a_lab_gets_the_parameters_that_the_workbook_allows() {
    let live = live("exit 0");
    let token = token(&live);
    let lab = |parameters: Value| {
        ask(&live, &token, "lab", &json!({ "lab": "lesson-1/nagle", "parameters": parameters }))
    };
    let (status, answer) = lab(json!({ "rounds": 20 }));
    assert_eq!(status, 200, "{answer}");
    let told = followed(&live, answer["run"].as_u64().expect("a number"));
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
    let run = start(&live, &token, "check", &check);
    let (status, answer) = ask(&live, &token, "lab", &json!({ "lab": "lesson-1/nagle" }));
    assert_eq!(status, 409, "{answer}");
    assert!(
        answer["error"].as_str().is_some_and(|text| text.starts_with("lesson-1/frame is running"))
    );
    let pid = wait_for(&live.book.root().join("pid"));
    assert_eq!(ask(&live, &token, "cancel", &json!({ "run": 7 })).1["cancelled"], false);
    assert_eq!(ask(&live, &token, "cancel", &json!({ "run": run })).1["cancelled"], true);
    let told = followed(&live, run);
    assert_eq!(told.last().expect("an end")["ended"]["cancelled"], true);
    gone(&pid);
    assert_eq!(start(&live, &token, "check", &check), run + 1, "the next may begin");
}

#[test]
fn a_run_ends_with_its_runner_whatever_holds_the_pipes() {
    // In a session of its own, so that it is not killed; it ends by itself.
    let live = live("setsid sh -c 'sleep 4; echo late' & exit 3");
    let token = token(&live);
    let check = json!({ "exercise": "lesson-1/frame" });
    let first = start(&live, &token, "check", &check);
    let end = followed(&live, first).pop().expect("an end");
    assert_eq!((&end["ended"]["status"], &end["ended"]["late"]), (&3.into(), &false.into()));
    let second = start(&live, &token, "check", &check);
    let told = followed(&live, second);
    assert!(told.iter().all(|event| event["said"]["text"] != "late"), "of another run: {told:?}");
}

#[test]
fn a_page_that_listens_anew_can_tell_what_it_knows() {
    let live = live("echo one; echo two");
    let token = token(&live);
    let run = start(&live, &token, "check", &json!({ "exercise": "lesson-1/frame" }));
    let numbers = |told: &[Value]| -> Vec<u64> {
        told.iter().filter_map(|event| event["number"].as_u64()).collect()
    };
    let (first, again) = (followed(&live, run), followed(&live, run));
    assert_eq!(numbers(&first), (0..numbers(&first).len() as u64).collect::<Vec<_>>());
    assert_eq!(first, again);
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
fn the_first_prediction_stays_and_hints_are_counted() {
    let live = live_with("exit 0", |book| {
        book.replace("lessons/workbook.toml", "[[lesson.lab]]", "[[lesson.prediction]]\nid = \"stall\"\nquestion = \"How long?\"\nunit = \"ms\"\ntable = \"nagle\"\nrow = \"off\"\ncolumn = \"p50\"\n\n[[lesson.lab]]");
        book.append("book/src/lesson-1/index.md", "{{#predict lesson-1/stall}}\n");
    });
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
    let live = live_with("exit 0", |book| {
        book.write("book/quizzes/lesson-1/cut.toml", QUIZ);
        book.append("book/src/lesson-1/index.md", "{{#quiz lesson-1/cut}}\n");
    });
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
fn what_cannot_be_read_is_told_and_the_names_stay() {
    let live = live("exit 0");
    let mut events = live.events();
    let trouble = |events: &mut live_book::Events, part: &str| loop {
        let event = events.next();
        if event["trouble"].as_str().is_some_and(|text| text.contains(part)) {
            return event;
        }
    };
    let token = token(&live);
    live.book.write(".workbook/state.json", "{\"schema\": 1, \"exer");
    trouble(&mut events, "cannot be understood");
    let hint = json!({ "exercise": "lesson-1/frame", "shown": 1 });
    assert_eq!(ask(&live, &token, "hint", &hint).0, 200);
    trouble(&mut events, "progress begins anew");
    live.book.write("lessons/workbook.toml", "schema = ");
    let memory = trouble(&mut events, "workbook.toml");
    assert!(memory["exercises"].is_object() && memory["answers"].is_object(), "{memory}");
    assert!(memory["predictions"].is_object(), "{memory}");
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
