//! Goal: authors are told what is wrong with a reference or a wrong solution, and no learner's file is touched.
//!
//! Method: the tiny course in a repository of its own; references with mistakes in their markers.
//!
//! What it does not prove: what the derived text looks like; the unit tests of `starter` and `region` do.

use std::process::Command;

use crate::course::{Course, assert_has, finish};

const REFERENCE: &str = "solutions/lesson-1-tiny/src/add.rs";

/// The course, committed.
fn committed() -> Course {
    let course = Course::new();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(course.root()).args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
        ]);
        let ran = finish(git.args(arguments));
        assert_eq!(ran.status, Some(0), "{ran:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "Begin"]);
    course
}

#[test]
fn the_tiny_starters_are_what_their_references_give() {
    let ran = committed().run(&["starters", "--check"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(ran.stdout.matches(": current").count(), 3, "{}", ran.stdout);
}

#[test]
fn a_stale_starter_is_named_and_then_written() {
    let course = committed();
    course.edit(REFERENCE, "TASK: return the sum of both numbers", "TASK: return their sum");
    let ran = course.run(&["starters", "--check"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert_has(&ran.stdout, "lesson-1/add: differs from its reference");
    assert!(!course.read(&Course::file("add")).contains("return their sum"));
    assert_eq!(course.run(&["starters"]).status, Some(0));
    assert_has(&course.read(&Course::file("add")), "todo!(\"return their sum\")");
}

#[test]
fn an_edited_starter_is_somebodys_work_and_left_alone() {
    let course = committed();
    course.write(&Course::file("add"), "mine\n");
    let ran = course.run(&["starters"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "lesson-1/add: edited, left alone (`reset` replaces it)");
    assert_eq!(course.read(&Course::file("add")), "mine\n");
}

#[test]
fn mistakes_in_markers_have_their_file_and_line() {
    let cases = [
        (
            "    // ANCHOR_END: add\n",
            "",
            "solutions/lesson-1-tiny/src/add.rs:13: a region inside region `add`",
        ),
        (
            "    // ANCHOR: add\n",
            "",
            "solutions/lesson-1-tiny/src/add.rs:7: `ANCHOR_END` without its `ANCHOR`",
        ),
        (
            "TASK: return the sum of both numbers",
            "TASK:",
            "solutions/lesson-1-tiny/src/add.rs:6: a task without text",
        ),
        (
            "TASK: return the sum of both numbers",
            "GIVEN: wrong/none.rs",
            "solutions/lesson-1-tiny/src/add.rs: GIVEN `wrong/none.rs`: No such file",
        ),
        (
            "TASK: return the sum of both numbers",
            "GIVEN: wrong/count-looks-twice.rs",
            "wrong/count-looks-twice.rs: there is no region `add`",
        ),
    ];
    for (from, to, message) in cases {
        let course = Course::new();
        course.edit(REFERENCE, from, to);
        let ran = course.run(&["reset", "1/add"]);
        assert_eq!(ran.status, Some(4), "{ran:?}");
        assert_has(&ran.stderr, message);
        assert_has(&course.read(&Course::file("add")), "todo!");
    }
}
