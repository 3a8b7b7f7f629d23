//! Goal: `reset` and `undo` bring back every byte that was ever checked or overwritten.
//!
//! Method: round trips through the commands, and a look at the files.
//!
//! What it does not prove: what a kill does in the middle (`kills`).

use std::fs;

use crate::course::{Course, assert_has};

fn starter() -> String {
    Course::new().read(&Course::file("add"))
}

#[test]
fn reset_puts_the_starter_back_and_undo_what_was_there() {
    let course = Course::new();
    course.write(&Course::file("add"), "mine\n");
    let ran = course.run(&["reset", "1/add"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "What you had is kept: cargo xtask undo lesson-1/add");
    assert_eq!(course.read(&Course::file("add")), starter());
    for _ in 0..3 {
        assert_eq!(course.run(&["undo", "1/add"]).status, Some(0));
        assert_eq!(course.read(&Course::file("add")), "mine\n", "undo");
        assert_eq!(course.run(&["undo", "1/add"]).status, Some(0));
        assert_eq!(course.read(&Course::file("add")), starter(), "undo of undo");
    }
}

#[test]
fn every_copy_can_be_listed_and_brought_back() {
    let course = Course::new();
    for text in ["one\n", "one\ntwo\n", "one\ntwo\nthree\n"] {
        course.write(&Course::file("add"), text);
        course.run(&["reset", "1/add"]);
    }
    let list = course.run(&["undo", "1/add", "--list"]).stdout;
    let lines: Vec<_> = list.lines().map(str::trim).collect();
    assert!(lines[0].starts_with("1     1 lines  "), "{list}");
    assert!(lines[2].starts_with("3     3 lines  "), "{list}");
    assert_eq!(course.run(&["undo", "1/add", "--to", "1"]).status, Some(0));
    assert_eq!(course.read(&Course::file("add")), "one\n");
    assert_has(&course.run(&["undo", "1/add", "--list"]).stdout, "as it is now");
    let ran = course.run(&["undo", "1/add", "--to", "99"]);
    assert_eq!(ran.status, Some(2));
    assert_has(&ran.stderr, "there is no copy 99");
}

#[test]
fn nothing_to_go_back_to_is_said() {
    let ran = Course::new().run(&["undo", "1/add"]);
    assert_eq!(ran.status, Some(2));
    assert_has(&ran.stderr, "there is nothing to go back to");
}

#[test]
fn a_deleted_file_is_brought_back() {
    let course = Course::new();
    course.write(&Course::file("guess"), "mine\n");
    course.run(&["check", "1/guess"]);
    fs::remove_file(course.path(&Course::file("guess"))).expect("it was there");
    assert_eq!(course.run(&["undo", "1/guess"]).status, Some(0));
    assert_eq!(course.read(&Course::file("guess")), "mine\n");
    fs::remove_file(course.path(&Course::file("guess"))).expect("it was there");
    assert_eq!(course.run(&["reset", "1/guess"]).status, Some(0));
    assert_has(&course.read(&Course::file("guess")), "todo!");
}

#[test]
fn bytes_that_are_no_text_survive() {
    let course = Course::new();
    let bytes = b"// \xff\xfe\r\n\0";
    course.write(&Course::file("add"), bytes);
    course.run(&["reset", "1/add"]);
    course.run(&["undo", "1/add"]);
    assert_eq!(fs::read(course.path(&Course::file("add"))).expect("reads"), bytes);
}

#[test]
fn files_below_belong_to_the_exercise() {
    let course = Course::new();
    course.write("lessons/lesson-1-tiny/src/add/carry.rs", "mine\n");
    course.run(&["reset", "1/add"]);
    let carry = course.path("lessons/lesson-1-tiny/src/add/carry.rs");
    assert!(!carry.exists(), "the starter has no such file");
    course.run(&["undo", "1/add"]);
    assert_eq!(fs::read_to_string(carry).expect("reads"), "mine\n");
    assert_has(&course.run(&["undo", "1/add", "--list"]).stdout, "as it is now");
}

#[test]
fn what_is_written_is_newer_than_what_was_built() {
    let course = Course::solved(&["guess"]);
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(0));
    course.run(&["reset", "1/guess"]);
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(1), "Cargo has seen the starter");
    course.run(&["undo", "1/guess"]);
    assert_eq!(
        course.run(&["check", "1/guess"]).status,
        Some(0),
        "Cargo has seen what was brought back"
    );
}

#[test]
fn the_oldest_copies_make_room() {
    let course = Course::new();
    for number in 1..=200 {
        course.write(
            &format!(".workbook/snapshots/lesson-1/add/{number:06}/src/add.rs"),
            format!("{number}\n"),
        );
    }
    course.run(&["reset", "1/add"]);
    let names = || {
        let entries =
            course.path(".workbook/snapshots/lesson-1/add").read_dir().expect("a folder").flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(
        (names().len(), names()[0].as_str(), names()[199].as_str()),
        (200, "000002", "000201")
    );
}
