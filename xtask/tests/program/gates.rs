//! Goal: the benchmark gate decides as its rules say, and blames nobody for a machine.
//!
//! Method: a benchmark that times nothing but writes the times that a test gave it, as criterion would.
//!
//! What it does not prove: that criterion writes such files, or that real times are told apart; `cargo xtask test gates`
//! does.

use serde_json::{Value, json};

use crate::course::{Course, Ran, assert_has, finish, test};

const BENCH: &str = "lessons/lesson-1-tiny/benches/count.rs";

/// A course with a benchmark that writes these times.
fn course(naive: &str, yours: &str, reference: &str) -> Course {
    with_times(Course::solved(&["count"]), naive, yours, reference)
}

fn with_times(course: Course, naive: &str, yours: &str, reference: &str) -> Course {
    course.edit(BENCH, "NAIVE_NS: &[f64] = &[100.0]", &format!("NAIVE_NS: &[f64] = &[{naive}]"));
    course.edit(BENCH, "YOURS_NS: &[f64] = &[12.0]", &format!("YOURS_NS: &[f64] = &[{yours}]"));
    course.edit(
        BENCH,
        "REFERENCE_NS: &[f64] = &[10.0]",
        &format!("REFERENCE_NS: &[f64] = &[{reference}]"),
    );
    course
}

/// Checks with a limit of two seconds for the gate, which otherwise may take ten.
fn check(course: &Course, arguments: &[&str]) -> Ran {
    let mut command = course.command(&["check", "1/count"]);
    finish(command.args(arguments).env("WORKBOOK_TEST_SECONDS", "2"))
}

fn report(course: &Course) -> Value {
    let ran = check(course, &["--format", "json"]);
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    report["exercises"][0].clone()
}

#[test]
fn above_the_bar_passes() {
    let course = course("100.0", "12.0", "10.0");
    // No process has the number 4194304: it is the first that Linux does not give.
    let left = "target/release/deps/workbook-gate-4194304/count/new/sample.json";
    course.write(left, "{}");
    let ran = check(&course, &[]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "✓ benchmark: 1.20 × the reference's time, up to 2.00 × passes");
    assert_has(&ran.stdout, "score 0.92 (0.92 to 0.92), the bar is 0.70");
    assert!(!course.path(left).exists(), "what a killed runner has left is swept");
    let gate = report(&course)["gate"].clone();
    assert_eq!((&gate["verdict"], &gate["rounds"]), (&"passed".into(), &7.into()));
    assert_eq!((&gate["naive_ns"], &gate["reference_ns"]), (&100.0.into(), &10.0.into()));
    assert_eq!(course.progress("count")["scores"].as_array().map(Vec::len), Some(1));
}

#[test]
fn below_the_bar_fails() {
    let course = course("100.0", "60.0", "10.0");
    let ran = check(&course, &[]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "✗ benchmark: 6.00 × the reference's time");
    assert_has(&ran.stdout, "score 0.22");
    assert_has(&ran.stdout, "too slow correct, and not fast enough");
    assert_eq!(course.progress("count")["passed"], Value::Null);
}

#[test]
fn only_a_score_like_the_recorded_one_is_a_known_slowness() {
    const ADVICE: &str = "As slow as a known mistake, and perhaps not this one: Looks twice.";
    for (lowest, highest, known) in [(0.2, 0.3, true), (0.5, 0.6, false), (-0.05, 0.3, false)] {
        let course = course("100.0", "60.0", "10.0");
        let recorded = json!({
            "command": "measure", "date": "2026-11-23", "parameters": {},
            "machine": {"cpu": "", "cores": 2, "kernel": "", "memory_gib": 1},
            "columns": [],
            "rows": [{"key": "count-looks-twice", "title": "",
                      "values": {"lowest": lowest, "highest": highest}}],
        });
        course.write("book/recorded/lesson-1/gates.json", recorded.to_string());
        assert_eq!(check(&course, &[]).stdout.contains(ADVICE), known, "{lowest} to {highest}");
    }
    assert!(!check(&course("100.0", "60.0", "10.0"), &[]).stdout.contains(ADVICE), "no record");
}

#[test]
fn faster_than_the_reference_is_told() {
    let ran = check(&course("100.0", "5.0", "10.0"), &[]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "faster than the reference: well done");
}

#[test]
fn across_the_bar_is_inconclusive_and_blocks_nobody() {
    let course = course("100.0", "12.0, 33.0", "10.0");
    let ran = check(&course, &[]);
    assert_eq!(ran.status, Some(3), "{ran:?}");
    assert_has(&ran.stdout, "? benchmark");
    assert_has(&ran.stdout, "this machine is too noisy now");
    assert_has(&ran.stdout, "Next: lesson-1/add");
    assert_ne!(course.progress("count")["passed"], Value::Null);
    assert!(!course.path(".workbook/cache/lesson-1-count.json").exists(), "it is tried again");
}

#[test]
fn a_small_gain_of_the_reference_judges_nobody() {
    let course = course("100.0", "200.0", "90.0");
    let gate = report(&course)["gate"].clone();
    assert_eq!(gate["verdict"], "inconclusive");
    let reason = gate["reason"].as_str().expect("a reason");
    assert_eq!(reason, "the reference is only 1.11 times as fast as the naive version here");
    assert_eq!(
        course.progress("count")["scores"],
        Value::Array(Vec::new()),
        "a share of nothing is no score"
    );
}

#[test]
fn no_gain_at_all_harms_no_progress() {
    let course = course("100.0", "100.0", "100.0");
    assert_eq!(report(&course)["gate"]["verdict"], "inconclusive");
    assert_eq!(course.progress("count")["checks"], 1);
    let list = course.run(&["list"]);
    assert_eq!((list.status, list.stderr.as_str()), (Some(0), ""));
    assert_eq!(check(&course, &[]).status, Some(3));
    assert_eq!(course.progress("count")["checks"], 2, "the state can still be read");
}

#[test]
fn a_starter_is_no_progress_where_nothing_can_be_judged() {
    // It is right, and slow.
    let course = with_times(Course::new(), "100.0", "100.0", "100.0");
    assert_eq!(check(&course, &[]).status, Some(3));
    assert_eq!(course.progress("count")["passed"], Value::Null);
}

#[test]
fn a_wrong_result_in_the_benchmark_is_the_learners() {
    let course = course("100.0", "12.0", "10.0");
    let only_tested =
        "pub fn count(_: &[u8], wanted: u8) -> usize {\n    usize::from(wanted == b'n') * 2\n}\n";
    course.write(&Course::file("count"), only_tested);
    let ran = check(&course, &[]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "✗ benchmark count/yours  wrong");
    assert_has(&ran.stdout, "the result is asserted inside the timed code");
    assert_has(&ran.stdout, "Edit lessons/lesson-1-tiny/src/count.rs, then");
}

#[test]
fn a_hang_in_the_benchmark_is_the_learners() {
    let course = course("100.0", "12.0", "10.0");
    let text = course.read(&Course::file("count"));
    let hangs = text.replace("-> usize {", "-> usize {\n    while wanted == b'a' {}");
    course.write(&Course::file("count"), hangs);
    let report = report(&course);
    assert_eq!(report["verdict"], "failed");
    assert_eq!(test(&report, "benchmark count/yours")["outcome"], "hung");
    course.is_quiet_within(std::time::Duration::ZERO);
}

#[test]
fn a_reference_that_fails_is_not_the_learners_fault() {
    let course = course("100.0", "12.0", "10.0");
    course.edit(
        BENCH,
        "\"reference\" => (",
        "\"reference\" => panic!(\"it has left\"),\n        \"other\" => (",
    );
    let ran = check(&course, &[]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stdout, "benchmark count/reference failed: it has left");
}

#[test]
fn a_benchmark_without_a_result_is_named() {
    let course = course("100.0", "12.0", "10.0");
    course.edit(
        BENCH,
        "    write(&id, times[round % times.len()]);",
        "    let _ = (times[round % times.len()], write);",
    );
    let ran = check(&course, &[]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(
        &ran.stdout,
        "benchmark `count/naive` left no result (is it registered under that name?)",
    );
}

#[test]
fn times_that_are_none_are_refused() {
    for time in ["0.0", "-1.0"] {
        let ran = check(&course(time, "12.0", "10.0"), &[]);
        assert_eq!(ran.status, Some(4), "{ran:?}");
        assert_has(&ran.stdout, "benchmark `count/naive` took no time at all");
    }
}

#[test]
fn without_the_benchmark_the_tests_alone_are_judged_and_no_pass_is_recorded() {
    let course = course("100.0", "60.0", "10.0");
    let ran = check(&course, &["--no-bench"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let left = "The tests pass. What is left is the benchmark: cargo xtask check lesson-1/count";
    assert_has(&ran.stdout, left);
    assert!(!ran.stdout.contains("times"), "{}", ran.stdout);
    assert_eq!(course.progress("count")["passed"], Value::Null);
}
