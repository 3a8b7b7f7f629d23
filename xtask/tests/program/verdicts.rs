//! Goal: the kinds of failure are told apart, and each says what to do next.
//!
//! Method: learner's files with one mistake each, checked; the screen and the JSON are looked at.
//!
//! What it does not prove: how a process ends that misbehaves (`misbehaviour`), or what a benchmark says (`gates`).

use crate::course::{Course, assert_has, test};

#[test]
fn a_pass_names_the_next_exercise() {
    let course = Course::solved(&["add"]);
    let ran = course.run(&["check", "1/add"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "✓ lesson-1/add  Add numbers  4 of 4 tests");
    assert_has(&ran.stdout, "  ✓ two_numbers_are_added\n  ✓ nothing_adds_nothing\n");
    assert_has(&ran.stdout, "Next: lesson-1/count");
    assert_eq!(ran.stderr, "");
}

#[test]
fn what_has_not_begun_is_grey_and_no_failure_of_anybody() {
    let course = Course::new();
    let mut command = course.command(&["check", "1/add"]);
    let ran = crate::course::finish(command.env("CLICOLOR_FORCE", "1"));
    assert_eq!(ran.status, Some(1));
    assert_has(&ran.stdout, "\x1b[2m·\x1b[0m");
    assert!(!ran.stdout.contains("\x1b[31m"), "nothing is red:\n{}", ran.stdout);
    assert_has(&ran.stdout, "0 of 4: that is where this exercise starts.");
    assert_has(&ran.stdout, "return the sum of both numbers");
    assert_has(&ran.stdout, "Edit lessons/lesson-1-tiny/src/add.rs, then");
    assert_has(&ran.stdout, "cargo xtask hint lesson-1/add");
}

#[test]
fn a_wrong_result_shows_both_and_the_advice_of_the_mistake() {
    let course = Course::solved(&["add"]);
    course.edit(&Course::file("add"), "left + right", "left - right");
    let ran = course.run(&["check", "1/add"]);
    assert_eq!(ran.status, Some(1));
    assert_has(&ran.stdout, "2 of 4 tests");
    assert_has(&ran.stdout, "2 and 3 were added\n    got:      -1\n    expected: 5");
    assert_has(&ran.stdout, "at lessons/lesson-1-tiny/tests/add.rs:7:5");
    assert_has(&ran.stdout, "This may be a known mistake: Subtracts.");
    assert_has(&ran.stdout, "Look at the sign: the second number is taken away.");
}

#[test]
fn who_fails_the_same_tests_in_another_way_gets_no_advice() {
    let course = Course::solved(&["add"]);
    course.edit(&Course::file("add"), "left + right", "if right == 0 { left } else { panic!() }");
    let ran = course.run(&["check", "1/add"]);
    assert_eq!(ran.status, Some(1));
    assert!(!ran.stdout.contains("known mistake"), "it does not subtract:\n{}", ran.stdout);
}

#[test]
fn what_does_not_compile_shows_the_compilers_first_error() {
    let course = Course::solved(&["add"]);
    course.edit(&Course::file("add"), "left + right", "left + rigth");
    let ran = course.run(&["check", "1/add"]);
    assert_eq!(ran.status, Some(1));
    assert_has(&ran.stdout, "does not compile lessons/lesson-1-tiny/src/add.rs:5:12");
    assert_has(&ran.stdout, "error[E0425]: cannot find value `rigth` in this scope");
    assert_has(&ran.stdout, " --> lessons/lesson-1-tiny/src/add.rs:5:12");
    assert_has(&ran.stdout, "help: a local variable with a similar name exists");
    assert!(!ran.stdout.contains("aborting"), "only the first:\n{}", ran.stdout);
}

#[test]
fn what_does_not_parse_shows_where() {
    let course = Course::solved(&["add"]);
    course.edit(&Course::file("add"), "left + right\n}", "left + right\n");
    let report = course.check_add();
    assert_eq!(report["compile_error"]["file"], "lessons/lesson-1-tiny/src/add.rs");
    assert_has(report["compile_error"]["rendered"].as_str().expect("text"), "unclosed delimiter");
}

#[test]
fn a_siblings_error_stops_no_other_check() {
    let course = Course::solved(&["guess"]);
    course.write(&Course::file("add"), "pub fn add(");
    let report = course.check(&["1/guess"]);
    assert_eq!(report["verdict"], "passed", "{report:#}");
    assert_eq!(report["exercises"][0]["references"], serde_json::json!(["add", "count"]));
    let report = course.check(&["1"]);
    assert_eq!(report["exit_status"], 1);
    let verdicts: Vec<_> =
        [0, 1, 2].map(|index| report["exercises"][index]["verdict"].clone()).into();
    assert_eq!(verdicts, ["failed", "passed", "passed"]);
}

#[test]
fn an_error_in_the_tests_asks_for_the_signature() {
    let course = Course::solved(&["add"]);
    course.edit(&Course::file("add"), "numbers: &[i32]", "numbers: Vec<i32>");
    course.edit(&Course::file("add"), "in numbers", "in &numbers");
    let ran = course.run(&["check", "1/add"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "does not compile lessons/lesson-1-tiny/tests/add.rs");
    assert_has(&ran.stdout, "with the names and types of the starter: did one of them change?");
}

#[test]
fn what_does_not_link_shows_what_the_linker_said() {
    let course = Course::solved(&["add"]);
    let declared = "unsafe extern \"C\" { safe fn is_nowhere(); }\n";
    let text = course
        .read(&Course::file("add"))
        .replace("    left + right", "    is_nowhere();\n    left + right");
    course.write(&Course::file("add"), text + declared);
    let ran = course.run(&["check", "1/add"]);
    assert!(ran.status == Some(1) || ran.status == Some(4), "{ran:?}");
    assert_has(&ran.stdout, "linking with");
    assert_has(&ran.stdout, "is_nowhere");
}

#[test]
fn a_file_that_is_no_text_shows_where() {
    let course = Course::new();
    course.write(&Course::file("add"), b"pub fn add() {}\n// \xff\xfe\n");
    let ran = course.run(&["check", "1/add"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "UTF-8");
    assert_has(&ran.stdout, "lessons/lesson-1-tiny/src/add.rs");
    assert_has(&course.run(&["undo", "1/add", "--list"]).stdout, "as it is now");
}

#[test]
fn skipped_tests_alone_are_no_pass() {
    let course = Course::solved(&["guess"]);
    let skipped = "#[test] fn a() { eprintln!(\"witness: skipped: there is no tape drive\"); }\n";
    course.write("lessons/lesson-1-tiny/tests/guess.rs", skipped);
    let ran = course.run(&["check", "1/guess"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stdout, "a  skipped: there is no tape drive");
}

#[test]
fn a_bad_machine_is_exit_status_4() {
    let course = Course::solved(&["guess"]);
    let environment = "#[test] fn a() { panic!(\"witness: environment: port 80 is taken\"); }\n";
    course.write("lessons/lesson-1-tiny/tests/guess.rs", environment);
    let ran = course.run(&["check", "1/guess"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stdout, "port 80 is taken");
}

#[test]
fn the_reference_is_checked_instead_on_request() {
    let course = Course::new();
    let report = course.check(&["1", "--solution"]);
    assert_eq!(report["verdict"], "passed", "{report:#}");
    assert_eq!(report["solution"], true);
    assert!(
        !course.path(".workbook/state.json").exists(),
        "a reference that passes is no progress"
    );
}

#[test]
fn a_whole_lesson_shows_what_to_fix_before_what_cannot_be_judged() {
    let course = Course::solved(&["add", "count"]);
    course.edit(
        "lessons/lesson-1-tiny/benches/count.rs",
        "REFERENCE_NS: &[f64] = &[10.0]",
        "REFERENCE_NS: &[f64] = &[90.0]",
    );
    let ran = course.run(&["check", "1"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "? lesson-1/count");
    assert_has(&ran.stdout, "not started the_number_is_right");
    assert_has(&ran.stdout, "Edit lessons/lesson-1-tiny/src/guess.rs, then");
}

#[test]
fn a_file_that_changes_under_the_check_is_not_judged() {
    let course = Course::solved(&["guess"]);
    let test_file = "lessons/lesson-1-tiny/tests/guess.rs";
    let saves = "#[test] fn saves() { std::fs::write(\"src/guess.rs\", \"broken\").unwrap(); }\n";
    let text = course.read(test_file);
    course.write(test_file, text + saves);
    let ran = course.run(&["check", "1/guess"]);
    assert_has(&ran.stderr, "has changed while it was checked");
    assert!(!course.path(".workbook/cache/lesson-1-guess.json").exists(), "nothing is kept");
    assert!(!course.path(".workbook/state.json").exists(), "nothing is recorded");
}

#[test]
fn a_failing_test_runs_first_the_next_time() {
    let course = Course::solved(&["add"]);
    course.edit(&Course::file("add"), "left + right", "left + right + 1");
    let report = course.check_add();
    assert_eq!(test(&report, "nothing_adds_nothing")["outcome"], "wrong");
    let failing = serde_json::json!([
        "many_numbers_are_added",
        "nothing_adds_nothing",
        "two_numbers_are_added"
    ]);
    assert_eq!(course.progress("add")["failing"], failing);
}
