//! Goal: labs, predictions, servers and `doctor` do what they say, or say why not.
//!
//! Method: the tiny lab, whose numbers are always the same, and damaged ones.
//!
//! What it does not prove: that a real lab measures anything.

use serde_json::Value;

use crate::course::{Course, assert_has, finish};
use crate::terminal::Terminal;

const LAB: &str = "lessons/lesson-1-tiny/examples/lab-numbers.rs";

#[test]
fn a_lab_draws_its_table() {
    let course = Course::new();
    let ran = course.run(&["lab", "1/numbers"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "the answer  42.0 ms\nrounds       3.0 ms\n");
    assert_has(&ran.stderr, "(runs with the reference's, until yours has passed: guess)\n");
    let ran = course.run(&["lab", "1/numbers", "--set", "rounds=9", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["parameters"]["rounds"], 9);
    assert_eq!(report["rows"][1]["values"]["p50"], 9.0);
    assert_eq!(report["command"], "cargo xtask lab lesson-1/numbers --set rounds=9");
}

#[test]
fn labs_are_listed_with_their_parameters() {
    let ran = Course::new().run(&["lab"]);
    assert_eq!(ran.status, Some(0));
    assert_has(&ran.stdout, "cargo xtask lab lesson-1/numbers");
    assert_has(&ran.stdout, "--set rounds=3  how often (1 to 9)");
}

#[test]
fn a_parameter_that_is_not_allowed_is_refused_before_anything_is_built() {
    let course = Course::new();
    let cases = [
        ("round=1", "lab `numbers` has no parameter `round` (it has: rounds)"),
        ("rounds=0", "`rounds=0` is not allowed (a whole number from 1 to 9)"),
        ("rounds=10", "`rounds=10` is not allowed"),
        ("rounds=many", "`rounds=many` is not allowed"),
        ("rounds=-1", "`rounds=-1` is not allowed"),
        ("rounds", "`--set rounds` is not allowed (it is NAME=NUMBER)"),
    ];
    for (set, message) in cases {
        let ran = finish(
            course.command(&["lab", "1/numbers", "--set", set]).env("CARGO", "/nowhere/cargo"),
        );
        assert_eq!(ran.status, Some(2), "{ran:?}");
        assert_has(&ran.stderr, message);
    }
}

#[test]
fn a_lab_that_fails_says_how() {
    let course = Course::new();
    course.edit(LAB, "fn main() {", "fn main() {\n    assert!(false, \"no network\");");
    let ran = course.run(&["lab", "1/numbers"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stderr, "no network");
    assert_has(&ran.stderr, "lab `numbers` failed (exit status: 101)");
    course.write(LAB, "fn main() { println!(\"no table\"); }\n");
    let ran = course.run(&["lab", "1/numbers"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stderr, "lab `numbers` printed no table");
    course.write(LAB, "fn main() { does not parse }\n");
    let ran = course.run(&["lab", "1/numbers"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stderr, "`lab-numbers` of lesson-1 does not build");
    assert_has(&ran.stderr, "lab-numbers.rs:1:");
}

#[test]
fn a_prediction_is_asked_for_measured_once_and_kept() {
    let course = Course::solved(&["guess"]);
    let ran = course.run(&["check", "1/guess"]);
    assert_has(&ran.stdout, "Predict: How much is it?");
    assert_has(&ran.stdout, "cargo xtask check lesson-1/guess --predict NUMBER");
    assert!(!ran.stdout.contains("measured"), "nothing is shown that was not predicted");
    let ran = course.run(&["check", "1/guess", "--predict", "40.5"]);
    assert_has(&ran.stdout, "you said 40.5 ms, measured: 42.00 ms");
    let progress = course.progress("guess");
    assert_eq!((&progress["predicted"], &progress["measured"]), (&40.5.into(), &42.0.into()));
    assert!(!course.run(&["check", "1/guess"]).stdout.contains("Predict:"), "it is asked once");
    let ran = course.run(&["check", "1/guess", "--predict", "42"]);
    assert_has(&ran.stdout, "You predicted 40.5 ms before; that is what counts.");
}

#[test]
fn a_prediction_comes_before_the_first_test() {
    let course = Course::new();
    let check = course.command(&["check", "1/guess"]);
    let mut terminal = Terminal::start(&check, 100);
    terminal.wait_for("your number, in ms");
    terminal.press("much\r");
    terminal.wait_for("`much` is no prediction");
    terminal.press("40 ms\r");
    let (_, shown) = terminal.ended();
    assert_has(&shown, "0 of 1: that is where this exercise starts.");
    assert_eq!(course.progress("guess")["predicted"], 40.0);
}

#[test]
fn a_lesson_serves_what_it_built() {
    let course = Course::new();
    let ran = course.run(&["serve", "1", "--listen", "127.0.0.1:9"]);
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (Some(0), "42 at 127.0.0.1:9\n"),
        "{}",
        ran.stderr
    );
    let ran = course.run(&["serve", "1", "--listen", "nowhere"]);
    assert_eq!(ran.status, Some(2));
    course.edit("lessons/workbook.toml", "rung = { about = \"one line\", uses = [] }\n", "");
    let ran = course.run(&["serve", "1"]);
    assert_eq!(ran.status, Some(2));
    assert_has(&ran.stderr, "lesson-1 has no server of its own");
}

#[test]
fn doctor_measures_and_compares() {
    let course = Course::new();
    let ran = course.run(&["doctor"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let lines = [
        "processors",
        "cgroup quota",
        "memory",
        "kernel",
        "open files (ulimit -n)",
        "net.core.somaxconn",
        "free disk here",
        "clock source",
        "reading the clock",
        "noise now",
    ];
    for line in lines {
        assert_has(&ran.stdout, &format!("\n  {line:<24} "));
    }
    assert_has(&ran.stdout, "✓ lesson-1  needs 1 processor(s), 16 open files, 1 MiB of disk");
    course.edit(
        "lessons/workbook.toml",
        "cores = 1, open_files = 16",
        "cores = 9999, open_files = 99999999",
    );
    let ran = course.run(&["doctor"]);
    assert_eq!(ran.status, Some(4));
    assert_has(&ran.stdout, "it lacks 9999 processors, there are");
    assert_has(&ran.stdout, "(`ulimit -n 99999999`)");
}
