//! Goal: a course of which a part is missing gets a clear verdict, exit status 4, and loses nothing.
//!
//! Method: files and folders deleted, replaced and made unreadable, one at a time.
//!
//! What it does not prove: that every other damage is recognised; Cargo's own words are then shown.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::course::{Course, assert_has, finish};

const LESSON: &str = "lessons/lesson-1-tiny";

#[track_caller]
fn assert_environment(course: &Course, parts: &[&str]) {
    let ran = course.run(&["check", "1/add"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    for part in parts {
        assert_has(&ran.stdout, part);
    }
}

#[test]
fn no_tests_are_no_pass() {
    let course = Course::solved(&["add"]);
    course.write(&format!("{LESSON}/tests/add.rs"), "// nothing here\n");
    assert_environment(&course, &["has no tests: 0 tests that pass prove nothing"]);
}

#[test]
fn a_missing_file_of_the_learner_can_be_brought_back() {
    let course = Course::new();
    fs::remove_file(course.path(&Course::file("add"))).expect("it was there");
    let undo = "`cargo xtask undo lesson-1/add` brings back what you had";
    let missing = "`lessons/lesson-1-tiny/src/add.rs` is missing";
    assert_environment(&course, &[missing, undo, "`cargo xtask reset lesson-1/add` the starter"]);
}

#[test]
fn missing_files_of_the_course_are_named() {
    for file in ["Cargo.toml", "src/lib.rs", "tests/add.rs"] {
        let course = Course::new();
        fs::remove_file(course.path(&format!("{LESSON}/{file}"))).expect("it was there");
        let missing = format!("`{LESSON}/{file}` is missing: it belongs to the course");
        assert_environment(&course, &[&missing, &format!("`git checkout -- {LESSON}/{file}`")]);
    }
}

#[test]
fn a_missing_lesson_can_be_brought_back() {
    let course = Course::solved(&["add"]);
    course.run(&["check", "1/add"]);
    let mine = course.read(&Course::file("add"));
    fs::remove_dir_all(course.path(LESSON)).expect("it was there");
    let restore = format!("`git checkout -- {LESSON}`");
    assert_environment(&course, &["`lessons/lesson-1-tiny` is missing", &restore]);
    assert_eq!(course.run(&["list"]).status, Some(0));
    assert_eq!(course.run(&["undo", "1/add"]).status, Some(0));
    assert_eq!(course.read(&Course::file("add")), mine);
}

#[test]
fn missing_references_are_an_environment_failure() {
    let course = Course::new();
    fs::remove_dir_all(course.path("solutions")).expect("it was there");
    assert_environment(&course, &["solutions/lesson-1-tiny"]);
    assert_eq!(course.run(&["reset", "1/add"]).status, Some(4));
    assert!(course.path(&Course::file("add")).exists());
}

#[test]
fn a_missing_cargo_is_an_environment_failure() {
    let course = Course::new();
    let ran = finish(course.command(&["check", "1/add"]).env("CARGO", "/nowhere/cargo"));
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stdout, "cannot start `cargo`");
}

#[test]
fn a_folder_in_the_files_place_is_named() {
    let course = Course::new();
    fs::remove_file(course.path(&Course::file("add"))).expect("it was there");
    fs::create_dir(course.path(&Course::file("add"))).expect("a folder");
    assert_environment(&course, &["`lessons/lesson-1-tiny/src/add.rs` is no file"]);
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    // In a folder that is open to everybody, since root may read everything: somebody else checks.
    let course = Course::in_folder(&std::env::temp_dir());
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    mode(course.root(), 0o755);
    mode(&course.path(&Course::file("add")), 0);
    let runner = course.path("runner");
    // By another process: a child that this one starts meanwhile would hold the file open for writing, and then nobody
    // could execute it.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_xtask")).arg(&runner).status();
    assert!(copied.expect("cp starts").success());
    let mut command = Command::new(runner);
    command.arg("--root").arg(course.root()).args(["check", "1/add"]);
    if rustix::process::getuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    let ran = finish(&mut command);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stdout, "cannot read `lessons/lesson-1-tiny/src/add.rs`: Permission denied");
}

#[test]
fn a_link_in_the_files_place_is_followed_and_kept() {
    let course = Course::solved(&["guess"]);
    let file = course.path(&Course::file("guess"));
    let elsewhere = course.path("elsewhere.rs");
    fs::rename(&file, &elsewhere).expect("it was there");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("a link");
    assert_eq!(course.run(&["check", "1/guess"]).status, Some(0));
    fs::write(&elsewhere, "pub fn number() -> u32 { 41 }\n").expect("writes");
    let ran = course.run(&["check", "1/guess"]);
    assert_eq!(ran.status, Some(1), "an edit behind the link is seen: {ran:?}");
    assert_eq!(course.run(&["reset", "1/guess"]).status, Some(0));
    assert!(file.is_symlink(), "the link is still there");
    assert_has(&course.read("elsewhere.rs"), "todo!(\"return the number\")");
}
