//! Goal: a trace is shown in every form, kept as the book reads it, and recorded again to be compared.
//!
//! Method: the tiny trace, whose times are always the same, and damaged ones.
//!
//! What it does not prove: that a real trace saw anything.

use serde_json::Value;
use xtask::trace::Recorded;

use crate::course::{Course, assert_has, finish};

const TRACE: &str = "lessons/lesson-1-tiny/examples/trace-steps.rs";
const KEPT: &str = "book/traces/lesson-1/steps.jsonl";

#[test]
fn a_trace_is_a_list_for_people_and_a_document_for_programs() {
    let course = Course::new();
    let ran = course.run(&["trace", "1/steps"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(
        &ran.stdout,
        "Steps that are always the same\n         0  client → kernel  `write`, 42 bytes",
    );
    assert_has(
        &ran.stdout,
        "            44.0 ms pass\n   44.0 ms  client → kernel  `write`, 42 bytes  queue 1 B\n",
    );
    assert_has(&ran.stderr, "(runs with the reference's, until yours has passed: guess)\n");
    let ran = course.run(&["trace", "steps", "--set", "steps=3", "--format", "json"]);
    let trace: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(trace["command"], "cargo xtask trace lesson-1/steps --set steps=3");
    assert_eq!(trace["parameters"]["steps"], 3);
    assert_eq!(trace["events"][2]["gauges"]["queue"], 2);
}

#[test]
fn traces_are_listed_with_their_parameters() {
    let ran = Course::new().run(&["trace"]);
    assert_eq!(ran.status, Some(0));
    assert_has(&ran.stdout, "cargo xtask trace lesson-1/steps");
    assert_has(&ran.stdout, "--set steps=2  how many (1 to 9)");
}

#[test]
fn a_parameter_that_is_not_allowed_is_refused_before_anything_is_built() {
    let course = Course::new();
    for (set, message) in [
        ("step=1", "trace `steps` has no parameter `step` (it has: steps)"),
        ("steps=0", "`steps=0` is not allowed (a whole number from 1 to 9)"),
    ] {
        let ran = finish(
            course.command(&["trace", "1/steps", "--set", set]).env("CARGO", "/nowhere/cargo"),
        );
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert_has(&ran.stderr, message);
    }
}

#[test]
fn a_trace_that_fails_or_does_not_end_says_so() {
    let course = Course::new();
    for (main, parts) in [
        ("panic!(\"no network\")", &["no network", "trace `steps` failed (exit status: 101)"][..]),
        ("println!(\"nothing\")", &["trace `steps` printed no trace: line 1: expected"]),
        ("", &["trace `steps` printed no trace: it is empty"]),
        ("loop { std::thread::park() }", &["trace `steps` did not end in time"]),
    ] {
        course.write(TRACE, format!("fn main() {{ {main} }}\n"));
        let mut command = course.command(&["trace", "1/steps"]);
        let ran = finish(command.env("WORKBOOK_TEST_SECONDS", "1"));
        assert_eq!(ran.status, Some(4), "{ran:?}");
        for part in parts {
            assert_has(&ran.stderr, part);
        }
    }
}

#[test]
fn what_is_kept_is_recorded_again_and_compared() {
    let course = Course::new();
    let ran = course.run(&["test", "traces"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "steps.jsonl: No such file");
    assert_has(&ran.stdout, "(`cargo xtask measure traces` records it)");
    let ran = course.run(&["measure", "traces"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let kept = Recorded::parse(&course.read(KEPT)).expect("a trace was kept");
    assert_eq!(kept.head.title, "Steps that are always the same");
    let ran = course.run(&["test", "traces"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "✓ lesson-1/steps: the trace\n");
    course.edit(
        TRACE,
        "\"lane\":\"client\",\"to\":\"kernel\",\"kind\":\"write\"",
        "\"lane\":\"kernel\",\"kind\":\"segment\"",
    );
    let ran = course.run(&["test", "traces"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(
        &ran.stdout,
        "    - client → kernel: write\n    - client → kernel: write\n    + kernel: segment\n",
    );
}
