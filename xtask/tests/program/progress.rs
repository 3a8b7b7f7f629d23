//! Goal: progress is remembered, survives what happens to its file, and two runners at once lose nothing.
//!
//! Method: `.workbook/state.json` looked at, damaged, and taken away; disks that are full or may not be written, in a
//! mount namespace of their own.
//!
//! What it does not prove: what a file system does when the power fails.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::course::{Course, assert_has, finish, output_of};

#[test]
fn a_pass_is_remembered_until_the_file_changes() {
    let course = Course::solved(&["guess"]);
    course.run(&["check", "1/guess"]);
    assert_has(&course.run(&["list"]).stdout, "✓ passed   lesson-1/guess");
    assert_has(&course.run(&[]).stdout, "1 of 3 exercises passed.");
    let text = course.read(&Course::file("guess"));
    course.write(&Course::file("guess"), format!("{text}// more\n"));
    assert_has(&course.run(&["list"]).stdout, "~ changed  lesson-1/guess");
    assert_has(&course.run(&[]).stdout, "0 of 3 exercises passed.");
    course.write(&Course::file("guess"), text);
    assert_has(&course.run(&["list"]).stdout, "✓ passed   lesson-1/guess");
}

#[test]
fn siblings_stand_in_until_they_have_passed() {
    let course = Course::solved(&["add", "guess"]);
    assert_eq!(course.check_add()["references"], json!(["count", "guess"]));
    course.run(&["check", "1/guess"]);
    assert_eq!(course.check_add()["references"], json!(["count"]));
    course.write(&Course::file("guess"), "what is this?\n");
    let report = course.check_add();
    assert_eq!(
        (&report["references"], &report["verdict"]),
        (&json!(["count", "guess"]), &json!("passed"))
    );
}

#[test]
fn a_state_that_cannot_be_understood_is_set_aside_and_nothing_else_is_lost() {
    for damaged in
        ["{\"schema\": 1, \"exercises\": ", "[]", "{}", "", "{\"schema\":1,\"exercises\":7}"]
    {
        let course = Course::solved(&["guess"]);
        course.run(&["check", "1/guess"]);
        course.write(".workbook/state.json", damaged);
        let ran = course.run(&["hint", "1/add"]);
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert_has(&ran.stderr, "`.workbook/state.json` could not be understood: it is now `");
        let aside =
            course.path(".workbook").read_dir().expect("a folder").flatten().find(|entry| {
                entry.file_name().to_string_lossy().starts_with("state.json.unreadable-")
            });
        assert_eq!(fs::read_to_string(aside.expect("it is kept").path()).expect("text"), damaged);
        assert_eq!(course.progress("add")["hints_shown"], 1);
        assert_has(&course.run(&["undo", "1/guess", "--list"]).stdout, "as it is now");
    }
}

#[test]
fn states_that_are_set_aside_in_one_second_are_all_kept() {
    let course = Course::new();
    for damaged in ["one", "two", "three"] {
        course.write(".workbook/state.json", damaged);
        course.run(&["hint", "1/add"]);
    }
    let entries = course.path(".workbook").read_dir().expect("a folder").flatten();
    let aside = entries.filter(|entry| entry.file_name().to_string_lossy().contains("unreadable"));
    assert_eq!(aside.count(), 3);
}

#[test]
fn a_newer_state_is_left_alone_and_there_is_a_verdict_all_the_same() {
    let newer = "{\"schema\": 4294967296, \"exercises\": \"in another shape\"}";
    let course = Course::solved(&["guess"]);
    course.write(".workbook/state.json", newer);
    let ran = course.run(&["check", "1/guess"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stderr, "was written by a newer runner (schema 4294967296, this one knows 1)");
    assert_eq!(ran.stderr.matches("newer runner").count(), 1, "it is said once");
    assert_eq!(course.run(&["hint", "1/add"]).status, Some(0));
    let predicted = course.run(&["check", "1/guess", "--predict", "40"]);
    assert_eq!(predicted.status, Some(0), "{predicted:?}");
    assert_has(&predicted.stdout, "you said 40 ms, measured: 42.00 ms");
    assert_eq!(course.read(".workbook/state.json"), newer);
}

#[test]
fn what_a_newer_runner_of_this_schema_wrote_is_kept() {
    let course = Course::new();
    let state =
        json!({"schema": 1, "quiz": {"q1": "b"}, "exercises": {"lesson-1/add": {"stars": 5}}});
    course.write(".workbook/state.json", state.to_string());
    course.run(&["hint", "1/add"]);
    let state: Value = serde_json::from_str(&course.read(".workbook/state.json")).expect("JSON");
    assert_eq!(state["quiz"]["q1"], "b");
    assert_eq!(
        (&state["exercises"]["lesson-1/add"]["stars"], &course.progress("add")["hints_shown"]),
        (&5.into(), &1.into())
    );
}

#[test]
fn many_runners_at_once_lose_nothing() {
    let course = Course::new();
    let start = |id: &str| {
        let mut command = course.command(&["hint", id]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    let runners: Vec<_> = (0..4).flat_map(|_| ["1/add", "1/count", "1/guess"].map(start)).collect();
    for runner in runners {
        let output = output_of(runner);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    let shown = ["add", "count", "guess"].map(|id| course.progress(id)["hints_shown"].clone());
    assert_eq!(
        shown,
        [3, 2, 2].map(Value::from),
        "each of the four added one, as far as there are hints"
    );
}

#[test]
fn many_checks_at_once_agree() {
    let course = Course::solved(&["guess"]);
    let start = |_| {
        let mut command = course.command(&["check", "1/guess", "--again"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    let runners: Vec<_> = (0..4).map(start).collect();
    for runner in runners {
        let output = output_of(runner);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    assert_eq!(course.progress("guess")["checks"], 4);
}

#[test]
fn a_lock_and_a_file_that_a_dead_runner_left_behind_are_in_nobodys_way() {
    let course = Course::new();
    course.write(".workbook/lock", "");
    course.write(".workbook/.state.json.workbook-new", "{\"schema\": 1, \"exer");
    course.write(".workbook/snapshots/lesson-1/add/.new/src/add.rs", "half of a f");
    course.write("lessons/lesson-1-tiny/src/.add.rs.workbook-new", "half of a f");
    assert_eq!(course.run(&["hint", "1/add"]).status, Some(0));
    assert_eq!(course.run(&["reset", "1/add"]).status, Some(0));
    assert_eq!(course.progress("add")["hints_shown"], 1);
    let left = course.path("lessons/lesson-1-tiny/src/.add.rs.workbook-new");
    assert!(!left.exists() && !course.path(".workbook/.state.json.workbook-new").exists());
    assert!(!course.path(".workbook/snapshots/lesson-1/add/.new").exists());
}

/// Runs a shell script with the runner as `$0` and the course's folder as `$1`, where it may mount what it likes and
/// nobody else sees it. `None` where that is not possible.
fn in_a_mount_namespace(course: &Course, script: &str) -> Option<crate::course::Ran> {
    let unshare = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user"]).args(arguments);
        command.env("CARGO_TARGET_DIR", course.path("target")).env_remove("CI");
        command
    };
    let try_it = "mount -t tmpfs none \"$0\"";
    let root = course.root().to_str().expect("a path that is text");
    if finish(&mut unshare(&["sh", "-c", try_it, root])).status != Some(0) {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "CI must be able to mount (run it as root)"
        );
        eprintln!("skipped: nothing can be mounted here (run it as root)");
        return None;
    }
    let script = format!("set -e\n{script}");
    Some(finish(&mut unshare(&["sh", "-c", &script, env!("CARGO_BIN_EXE_xtask"), root])))
}

#[test]
fn a_folder_that_may_not_be_written_stops_no_check() {
    let course = Course::solved(&["guess"]);
    course.run(&["hint", "1/add"]);
    let read_only = "
        mount --bind \"$1/.workbook\" \"$1/.workbook\"
        mount -o remount,bind,ro \"$1/.workbook\"
        \"$0\" --root \"$1\" hint 1/add
        \"$0\" --root \"$1\" list
        \"$0\" --root \"$1\" check 1/guess
        if \"$0\" --root \"$1\" reset 1/guess; then exit 9; else exit $?; fi";
    let Some(ran) = in_a_mount_namespace(&course, read_only) else { return };
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert_has(&ran.stdout, "Hint 2 of 3");
    assert_has(&ran.stdout, "✓ lesson-1/guess");
    assert_has(&ran.stderr, "Read-only file system");
    assert!(
        !course.read(&Course::file("guess")).contains("todo!"),
        "without a copy, nothing is overwritten"
    );
}

#[test]
fn a_full_disk_costs_no_file() {
    let course = Course::solved(&["guess"]);
    let mine = course.read(&Course::file("guess"));
    // First the folder of the copies is full, then that of the learner's file.
    let full = "
        fill() { mount -t tmpfs -o size=64k none \"$1\"; cp -r \"$2/.\" \"$1\"; cat /dev/zero > \"$1/zeroes\" 2>/dev/null || true; }
        mkdir -p \"$1/.workbook\" \"$1/none\"
        cp -r \"$1/lessons/lesson-1-tiny/src\" \"$1/src\"
        fill \"$1/.workbook\" \"$1/none\"
        \"$0\" --root \"$1\" check 1/guess
        if \"$0\" --root \"$1\" reset 1/guess; then exit 9; else echo first $?; fi
        cmp \"$1/src/guess.rs\" \"$1/lessons/lesson-1-tiny/src/guess.rs\"
        umount \"$1/.workbook\"
        fill \"$1/lessons/lesson-1-tiny/src\" \"$1/src\"
        if \"$0\" --root \"$1\" reset 1/guess; then exit 9; else echo second $?; fi
        cmp \"$1/src/guess.rs\" \"$1/lessons/lesson-1-tiny/src/guess.rs\"
        test ! -e \"$1/lessons/lesson-1-tiny/src/.guess.rs.workbook-new\"";
    let Some(ran) = in_a_mount_namespace(&course, full) else { return };
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_has(&ran.stdout, "✓ lesson-1/guess");
    assert_has(&ran.stdout, "first 4\n");
    assert_has(&ran.stdout, "second 4\n");
    assert_has(&ran.stderr, "No space left on device");
    assert_eq!(course.read(&Course::file("guess")), mine);
}
