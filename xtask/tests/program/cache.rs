//! Goal: a check of what has not changed is answered from the last one, and whatever it depends on makes it run again.
//!
//! Method: after a first check, Cargo is taken away: a check that still has an answer has built nothing.
//!
//! What it does not prove: how quick the answer is.

use crate::course::{Course, Ran, assert_has, finish};

/// A check for which there is no Cargo.
fn check_without_cargo(course: &Course, arguments: &[&str]) -> Ran {
    let mut command = course.command(&["check", "1/guess"]);
    finish(command.args(arguments).env("CARGO", "/nowhere/cargo"))
}

fn checked() -> Course {
    let course = Course::solved(&["guess"]);
    let ran = course.run(&["check", "1/guess"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    course
}

#[track_caller]
fn assert_builds_again(course: &Course, arguments: &[&str]) {
    let ran = check_without_cargo(course, arguments);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stdout, "cannot start `cargo`");
}

#[test]
fn what_has_not_changed_is_not_built_again() {
    let course = checked();
    let ran = check_without_cargo(&course, &[]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "unchanged since the last check");
    assert_builds_again(&course, &["--again"]);
    assert_builds_again(&course, &["--solution"]);
}

#[test]
fn a_failure_is_answered_from_the_last_check_too() {
    let course = Course::new();
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(1));
    let ran = check_without_cargo(&course, &[]);
    assert_eq!(ran.status, Some(1));
    assert_has(&ran.stdout, "unchanged since the last check");
    assert_has(&ran.stdout, "0 of 1: that is where this exercise starts.");
}

#[test]
fn an_edit_of_anything_that_matters_is_checked() {
    let course = checked();
    let files = [
        "lessons/lesson-1-tiny/src/guess.rs",
        "lessons/lesson-1-tiny/src/guess/more.rs",
        "lessons/lesson-1-tiny/src/lib.rs",
        "lessons/lesson-1-tiny/tests/guess.rs",
        "lessons/lesson-1-tiny/Cargo.toml",
        "solutions/lesson-1-tiny/src/guess.rs",
        "solutions/lesson-1-tiny/src/add.rs",
        "lessons/workbook.toml",
        "Cargo.toml",
        "Cargo.lock",
        "lessons/witness/src/lib.rs",
    ];
    for file in files {
        let there = course.path(file).exists();
        let before = if there { course.read(file) } else { String::new() };
        course.write(file, format!("{before}\n"));
        assert_builds_again(&course, &[]);
        if there {
            course.write(file, before);
        } else {
            std::fs::remove_file(course.path(file)).expect("it was written");
        }
        assert_eq!(check_without_cargo(&course, &[]).status, Some(0), "{file} is as it was");
    }
}

#[test]
fn what_the_machine_did_is_not_remembered() {
    let course = checked();
    assert_builds_again(&course, &["--again"]);
    assert_eq!(check_without_cargo(&course, &[]).status, Some(0), "the last verdict still stands");
}

#[test]
fn what_was_late_is_not_remembered() {
    let course = Course::solved(&["guess"]);
    let sleeps = "#[test]\nfn sleeps() {\n    std::thread::sleep(std::time::Duration::MAX);\n}\n";
    course.write("lessons/lesson-1-tiny/tests/guess.rs", sleeps);
    let mut check = course.command(&["check", "1/guess"]);
    let ran = finish(check.env("WORKBOOK_TEST_SECONDS", "1"));
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "still running after 1 s");
    assert_builds_again(&course, &[]);
}

#[test]
fn an_answer_that_cannot_be_read_is_none() {
    let course = checked();
    course.write(".workbook/cache/lesson-1-guess.json", "{\"digest\":");
    assert_builds_again(&course, &[]);
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(0));
    assert_eq!(check_without_cargo(&course, &[]).status, Some(0));
}

#[test]
fn a_pass_that_was_forgotten_is_recorded_again() {
    let course = checked();
    std::fs::remove_file(course.path(".workbook/state.json")).expect("it was there");
    assert_eq!(check_without_cargo(&course, &[]).status, Some(0));
    assert_has(&course.run(&["list"]).stdout, "✓ passed   lesson-1/guess");
}
