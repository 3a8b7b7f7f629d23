//! Goal: the program says what it was asked for, in every form, and refuses what it must.
//!
//! Method: it is run on a stub server. Reports are read back: JSON by a parser, CSV and pages for what they must hold.

mod stub;

use std::process::{Command, Output};

use serde_json::Value;
use stub::{Does, Stub, ok};

fn load(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load-tester"));
    command.args(arguments).env("NO_COLOR", "1");
    command.output().expect("it starts")
}

fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn short(stub: &Stub) -> Vec<String> {
    let url = format!("http://{}/", stub.address);
    [url.as_str(), "-c", "2", "-w", "0", "-n", "100"].map(str::to_owned).to_vec()
}

fn run(stub: &Stub, more: &[&str]) -> Output {
    let mut arguments = short(stub);
    arguments.extend(more.iter().map(|&argument| argument.to_owned()));
    load(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn text_says_what_happened_and_by_whose_cost() {
    let stub = Stub::start(|_| ok("hello"));
    let output = run(&stub, &[]);
    let (said, complaints) = text(&output);
    assert_eq!((output.status.code(), complaints.as_str()), (Some(0), ""), "{said}");
    for part in [
        "closed loop, 2 connections",
        "100 in ",
        "each verified",
        "failures   none",
        "p99.9",
        "generator",
    ] {
        assert!(said.contains(part), "`{part}` is not in\n{said}");
    }
    // The stub is this test's own process, which is found by its port.
    assert!(said.contains("of processor a request"), "{said}");
}

#[test]
fn json_csv_and_the_page_tell_the_same_run() {
    let stub = Stub::start(|_| ok("hello"));
    let folder = tempfile::tempdir().expect("a folder");
    let (csv, html) = (folder.path().join("run.csv"), folder.path().join("run.html"));
    let files = ["--csv", csv.to_str().expect("UTF-8"), "--html", html.to_str().expect("UTF-8")];
    let output = run(&stub, &[&["--json"][..], &files].concat());
    let report: Value = serde_json::from_str(&text(&output).0).expect("JSON");
    assert_eq!(report["answers"], 100);
    assert_eq!(report["percentiles"][3]["percentile"], 99.0);
    assert!(report["server"]["cpu_us_per_answer"].is_number(), "{report}");
    let csv = std::fs::read_to_string(csv).expect("it was written");
    let answers: u64 = csv
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).expect("a column").parse::<u64>().expect("a number"))
        .sum();
    assert_eq!(answers, 100, "{csv}");
    let page = std::fs::read_to_string(html).expect("it was written");
    assert_eq!(page.matches("<svg").count(), 3);
    assert!(!page.contains("src=") && !page.contains("href="), "it needs nothing else");
}

#[test]
fn wrong_answers_are_a_status_of_their_own() {
    let stub = Stub::start(|number| if number % 2 == 0 { ok("hello") } else { ok("other") });
    let output = run(&stub, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).0.contains("another body"), "{}", text(&output).0);
    assert_eq!(run(&stub, &["--varying"]).status.code(), Some(0));
}

#[test]
fn what_cannot_be_loaded_is_said_before_anything_is() {
    let stub =
        Stub::start(|_| Does::Answers("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_owned()));
    let url = format!("http://{}/", stub.address);
    for (arguments, status, part) in [
        (vec!["http://192.0.2.1/"], 2, "is not this machine"),
        (vec!["https://127.0.0.1/"], 2, "TLS is not spoken here"),
        (vec!["http://127.0.0.1:1/"], 4, "is the server running?"),
        (vec![url.as_str()], 4, "answers with the status 404, not 200"),
        (vec![url.as_str(), "-c", "0"], 2, "a whole number from 1 to 65536"),
        (vec![url.as_str(), "-d", "1h"], 2, "a time is"),
        (vec![url.as_str(), "-H", "no colon"], 2, "cannot stand in a request"),
        (vec![url.as_str(), "--rate", "1", "--pipeline", "2"], 2, "cannot be used with"),
    ] {
        let output = load(&arguments);
        let (_, complaints) = text(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {complaints}");
        assert!(complaints.contains(part), "{arguments:?}: {complaints}");
    }
}

#[test]
fn one_against_another_is_a_quotient_with_its_interval() {
    let [fast, slow] = [0, 3].map(|wait| {
        Stub::start(move |_| match ok("hello") {
            Does::Answers(bytes) => Does::After(std::time::Duration::from_millis(wait), bytes),
            other => other,
        })
    });
    let url = |stub: &Stub| format!("http://{}/", stub.address);
    let output = load(&[
        &url(&slow),
        "--versus",
        &url(&fast),
        "-c",
        "2",
        "-d",
        "1",
        "--slice",
        "50ms",
        "--json",
    ]);
    let (said, complaints) = text(&output);
    let compared: Value =
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("JSON: {complaints}"));
    assert!(compared["pairs"].as_u64().is_some_and(|pairs| pairs >= 7), "{compared}");
    let p50 = &compared["p50"];
    let (low, median, high) = (p50["low"].as_f64(), p50["median"].as_f64(), p50["high"].as_f64());
    assert!(low <= median && median <= high && median > Some(2.0), "{compared}");
}

#[test]
fn a_ramp_stops_where_the_promise_breaks() {
    // One answer every four milliseconds on each of two connections: 500 a second, at most.
    let stub = Stub::start(|_| match ok("hello") {
        Does::Answers(bytes) => Does::After(std::time::Duration::from_millis(4), bytes),
        other => other,
    });
    let url = format!("http://{}/", stub.address);
    let output = load(&[&url, "-c", "2", "--ramp", "100ms", "-w", "50ms", "-d", "400ms", "--json"]);
    let (said, complaints) = text(&output);
    let steps: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(steps.len() > 3, "{said}{complaints}");
    let kept = steps.iter().filter(|step| step["kept"] == true);
    let best = kept.filter_map(|step| step["rate"].as_f64()).fold(0.0, f64::max);
    assert!(best < 520.0, "{said}");
    assert!(steps.iter().any(|step| step["kept"] == false), "{said}");
}
