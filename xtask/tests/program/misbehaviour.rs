//! Goal: whatever a learner's code does, there is a clear verdict within bounded time, and nothing is left running.
//!
//! Method: two test files with a test for each misbehaviour (`tests/misbehaviour`), each checked once; the tests here
//! look at the report. Processes are looked for in `/proc`, by their working folder.
//!
//! What it does not prove: anything about code that means harm; it could kill the runner.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::course::{Course, Ran, assert_has, finish, test};

const SRC: &str = include_str!("../misbehaviour/src.rs");
const ENDS: &str = include_str!("../misbehaviour/ends.rs");
const HANGS: &str = include_str!("../misbehaviour/hangs.rs");

/// The time limit of one test, where hangs are waited for.
const SECONDS: &str = "3";

fn course(tests: &str) -> Course {
    let course = Course::new();
    course.write(&Course::file("add"), SRC);
    course.write("lessons/lesson-1-tiny/tests/add.rs", tests);
    course
}

fn check(tests: &str, seconds: &str) -> (Ran, Value) {
    let course = course(tests);
    let mut command = course.command(&["check", "1/add", "--format", "json"]);
    let ran = finish(command.env("WORKBOOK_TEST_SECONDS", seconds));
    course.is_quiet_within(Duration::ZERO);
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!(ran.status, Some(1), "{report:#}");
    (ran, report)
}

/// The report of `ends.rs`, checked once for all tests here.
pub(super) fn ends() -> &'static Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    REPORT.get_or_init(|| check(ENDS, "30").1)
}

/// The report of `hangs.rs`, and how long it took.
pub(super) fn hangs() -> &'static (Ran, Value) {
    static REPORT: OnceLock<(Ran, Value)> = OnceLock::new();
    REPORT.get_or_init(|| check(HANGS, SECONDS))
}

#[track_caller]
fn assert_ends(name: &str, outcome: &str, message: &str) {
    let test = test(&ends()["exercises"][0], name);
    assert_eq!(test["outcome"], outcome, "{test:#}");
    assert_has(test["message"].as_str().expect("text"), message);
}

#[track_caller]
fn assert_hangs(name: &str) -> String {
    let test = test(&hangs().1["exercises"][0], name);
    assert_eq!(test["outcome"], "hung", "{test:#}");
    assert_has(test["message"].as_str().expect("text"), "still running after 3 s");
    let threads: Vec<_> =
        test["threads"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    threads.join("\n")
}

#[test]
fn a_pass_is_a_pass() {
    assert_ends("passes", "passed", "");
    assert_ends("leaves_threads", "passed", "");
    assert_ends("prints_no_line_end", "passed", "");
}

#[test]
fn a_skipped_test_says_why() {
    assert_ends("is_skipped", "skipped", "there is no tape drive");
}

#[test]
fn a_bad_machine_is_not_the_learners_fault() {
    assert_ends("meets_a_bad_machine", "environment", "port 80 is taken");
}

#[test]
fn a_task_is_not_started_on_whatever_thread() {
    assert_ends("is_not_started", "not_started", "write {this} some day");
    assert_ends("is_not_started_on_another_thread", "not_started", "write {this} some day");
}

#[test]
fn a_wrong_result_has_its_steps_and_its_output() {
    assert_ends(
        "is_wrong",
        "wrong",
        "after the second step\n  got:      [1, 2]\n  expected: [1, 3]",
    );
    let test = test(&ends()["exercises"][0], "is_wrong");
    assert_eq!(test["output"], "so far, so good");
    assert_has(test["location"].as_str().expect("a place"), "lessons/lesson-1-tiny/tests/add.rs:");
}

#[test]
fn nobody_has_to_read_a_value_without_end() {
    assert_ends("is_wrong_and_long", "wrong", "got:      [7, 7, 7,");
    let test = test(&ends()["exercises"][0], "is_wrong_and_long");
    let message = test["message"].as_str().expect("text");
    assert_has(message, " more)\n  expected: [7]");
    assert!(message.len() < 1000, "{} bytes", message.len());
}

#[test]
fn what_a_witness_sees_in_the_learners_code_is_wrong_there() {
    assert_ends("is_wrong_in_the_middle", "wrong", "busy loop: `read` was called again");
    let test = test(&ends()["exercises"][0], "is_wrong_in_the_middle");
    assert_has(test["location"].as_str().expect("a place"), "lessons/lesson-1-tiny/src/add.rs:");
}

#[test]
fn what_a_test_has_caught_is_shown_where_the_learner_wrote_it() {
    assert_ends("catches_what_is_wrong", "wrong", "it rejects what is right");
    let test = test(&ends()["exercises"][0], "catches_what_is_wrong");
    assert_has(test["location"].as_str().expect("a place"), "lessons/lesson-1-tiny/src/add.rs:");
}

#[test]
fn a_panic_in_the_learners_code_has_its_place() {
    for name in ["panics", "panics_on_another_thread"] {
        assert_ends(name, "panicked", "index out of bounds: the len is 5 but the index is 7");
        let test = test(&ends()["exercises"][0], name);
        assert_has(
            test["location"].as_str().expect("a place"),
            "lessons/lesson-1-tiny/src/add.rs:17:5",
        );
    }
}

#[test]
fn a_second_panic_does_not_hide_the_first() {
    assert_ends("dies_of_a_second_panic", "panicked", "once");
    assert_ends("dies_of_a_second_panic", "panicked", "SIGABRT");
    let test = test(&ends()["exercises"][0], "dies_of_a_second_panic");
    assert_has(test["location"].as_str().expect("a place"), "lessons/lesson-1-tiny/src/add.rs:");
}

#[test]
fn an_exit_is_seen_with_whatever_status() {
    assert_ends("exits_well", "panicked", "std::process::exit");
    assert_ends("exits_badly", "panicked", "exit(3)");
}

#[test]
fn a_crash_has_its_signal() {
    assert_ends("aborts", "panicked", "SIGABRT");
    assert_ends("is_ended_by_a_signal", "panicked", "SIGSEGV");
    assert_ends("overflows_the_stack", "panicked", "it overflowed its stack");
}

#[test]
fn memory_without_end_is_refused() {
    assert_ends("allocates", "panicked", "more memory than a test may have (4 GiB)");
}

#[test]
fn megabytes_of_output_are_cut() {
    assert_ends("prints", "passed", "");
    let output = test(&ends()["exercises"][0], "prints")["output"].as_str().expect("text").len();
    assert!((1000..100_000).contains(&output), "{output} bytes are kept");
}

#[test]
fn children_that_outlive_the_test_are_named() {
    for part in ["it left processes running: ", "sleep ("] {
        assert_ends("leaves_children", "wrong", part);
    }
}

#[test]
fn daemons_that_outlive_the_test_are_found() {
    // By what name depends on how far `setsid` and `env` have come.
    assert_ends("leaves_daemons", "wrong", "it left processes running: ");
}

#[test]
fn a_test_that_kills_its_keeper_takes_nobody_else_along() {
    assert_ends("kills_its_parent", "panicked", "SIGKILL");
}

#[test]
fn a_loop_is_seen_on_its_processor() {
    let threads = assert_hangs("loops_for_ever");
    assert_has(&threads, "runs on the processor");
    assert_has(&threads, "a loop that does not end");
}

#[test]
fn a_deadlock_shows_both_threads_and_what_they_wait_for() {
    let threads = assert_hangs("deadlocks");
    for name in ["left-hand", "right-hand"] {
        assert_has(&threads, &format!("thread `{name}` waits in futex"));
    }
    assert_has(&threads, "a deadlock, or a wake-up that was lost");
}

#[test]
fn a_read_that_waits_shows_its_socket_and_its_ports() {
    let threads = assert_hangs("waits_for_a_peer");
    let test = test(&hangs().1["exercises"][0], "waits_for_a_peer");
    let port = test["output"]
        .as_str()
        .and_then(|text| text.strip_prefix("port "))
        .expect("the port was printed");
    assert_has(&threads, &format!("the TCP socket {port}→"));
    assert_has(&threads, "(0 bytes to read, 0 not acknowledged by its peer)");
    assert_has(&threads, "a read waits for bytes that nobody will send");
}

#[test]
fn a_hang_ends_with_its_children_and_daemons() {
    assert_has(&assert_hangs("hangs_with_a_family"), "runs on the processor");
}

#[test]
fn hangs_take_no_longer_than_their_limits() {
    // Four tests, two at a time at least, and the build.
    let seconds = hangs().0.time.as_secs_f64();
    assert!(seconds < 4.0 * 3.0 + 20.0, "{seconds} s");
}
