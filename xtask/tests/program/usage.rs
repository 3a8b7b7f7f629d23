//! Goal: whatever is typed, the runner does it or says what it knows, with exit status 2.
//!
//! Method: the program itself, at most to the point where it would build something.
//!
//! What it does not prove: that the words are well chosen.

use std::path::Path;

use crate::course::{Course, Ran, assert_has, finish, runner};

#[track_caller]
fn assert_usage(ran: &Ran, parts: &[&str]) {
    assert_eq!(ran.status, Some(2), "{ran:?}");
    for part in parts {
        assert_has(&ran.stderr, part);
    }
}

#[test]
fn an_unknown_verb_is_a_usage_error_with_a_proposal() {
    let course = Course::new();
    assert_usage(&course.run(&["chekc"]), &["unrecognized subcommand 'chekc'", "check"]);
    assert_usage(&course.run(&["check", "--format", "xml"]), &["invalid value 'xml'", "json"]);
    assert_usage(&course.run(&["check", "--agian"]), &["--again"]);
}

#[test]
fn an_unknown_target_is_a_usage_error_with_a_proposal() {
    let course = Course::new();
    let cases = [
        ("lessen-1", "`lessen-1` is no lesson (did you mean `lesson-1`?)"),
        ("7", "`7` is no lesson (there are: lesson-1)"),
        ("", "`` is no lesson"),
        ("lesson-1/aad", "`aad` is no exercise of lesson-1 (did you mean `add`?)"),
        ("1/", "`` is no exercise of lesson-1 (there are: add, count, guess)"),
        ("1/xyz", "`xyz` is no exercise of lesson-1 (there are: add, count, guess)"),
        ("x/add", "`x` is no lesson"),
        ("cuont", "`cuont` is no exercise and no lesson (did you mean `count`?)"),
    ];
    for (target, message) in cases {
        assert_usage(&course.run(&["check", target]), &[message]);
    }
}

#[test]
fn a_path_is_for_the_server_of_a_lesson() {
    let course = Course::new();
    let own = "a URL has its own path: `--path` is for a lesson's server";
    assert_usage(&course.run(&["load", "http://127.0.0.1:1/", "--path", "/json"]), &[own]);
    let begins = "the path `json` does not begin with `/`";
    assert_usage(&course.run(&["load", "1", "--path", "json"]), &[begins]);
}

#[test]
fn a_lesson_to_measure_has_its_usual_names() {
    let course = Course::new();
    let unknown =
        "`7` is no lesson (there are: lesson-1), and nothing to measure (labs, traces, gates)";
    assert_usage(&course.run(&["measure", "7"]), &[unknown]);
}

#[test]
fn an_unknown_lab_or_trace_is_a_usage_error_with_a_proposal() {
    let course = Course::new();
    let proposal = "`nubmers` is no lab of lesson-1 (did you mean `numbers`?)";
    assert_usage(&course.run(&["lab", "1/nubmers"]), &[proposal]);
    assert_usage(&course.run(&["lab", "nubmers"]), &["did you mean `numbers`?"]);
    assert_usage(&course.run(&["lab", "nowhere"]), &["there are: lesson-1/numbers"]);
    let proposal = "`stepps` is no trace of lesson-1 (did you mean `steps`?)";
    assert_usage(&course.run(&["trace", "1/stepps"]), &[proposal]);
    assert_usage(&course.run(&["trace", "nowhere"]), &["there are: lesson-1/steps"]);
    let lab = "`numbers` is a lab: `cargo xtask lab lesson-1/numbers`";
    for target in ["numbers", "1/numbers"] {
        assert_usage(&course.run(&["check", target]), &[lab]);
    }
    let trace = "`steps` is a trace: `cargo xtask trace lesson-1/steps`";
    assert_usage(&course.run(&["check", "steps"]), &[trace]);
}

#[test]
fn an_id_that_the_course_has_once_needs_no_lesson() {
    let course = Course::new();
    assert_has(&course.run(&["hint", "add"]).stdout, "Hint 1 of 3  lesson-1/add");
    assert_has(&course.run(&["lab", "numbers"]).stdout, "the answer");
}

#[test]
fn the_chapters_before_an_exercise_are_named_with_it_and_those_behind_the_last_one_at_the_end() {
    let course = Course::new();
    let chapters = ["index", "adding", "add", "counting", "count", "guess", "checkpoint"];
    let line = |chapter: &&str| format!("    - [About {chapter}](lesson-1/{chapter}.md)\n");
    course.write("book/src/SUMMARY.md", chapters.iter().map(line).collect::<String>());
    let before = |ran: Ran| {
        let of = |chapter: &&&str| ran.stdout.contains(&format!("book/src/lesson-1/{chapter}.md"));
        chapters.iter().filter(of).copied().collect::<Vec<_>>()
    };
    assert_eq!(before(course.run(&[])), ["index", "adding", "add"]);
    let course = Course::solved(&["add"]);
    course.write("book/src/SUMMARY.md", chapters.iter().map(line).collect::<String>());
    assert_eq!(before(course.run(&["check", "add"])), ["counting", "count"]);
}

#[test]
fn a_lesson_that_is_not_written_yet_is_named() {
    let course = Course::new();
    for target in ["2", "lesson-2", "lesson-2/frame"] {
        let message = "lesson 2 (Later) is not written yet";
        assert_usage(&course.run(&["check", target]), &[message]);
    }
}

#[test]
fn any_prefix_of_one_thing_will_do() {
    let course = Course::new();
    for target in ["1/a", "lesson-1/ad", "lesson-1-tiny/add", "lesson/add", "l/a"] {
        let ran = course.run(&["hint", target]);
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert_has(&ran.stdout, "lesson-1/add");
    }
}

#[test]
fn a_prefix_of_two_things_is_refused() {
    let course = Course::new();
    course.edit("lessons/workbook.toml", "id = \"count\"", "id = \"addend\"");
    assert_usage(&course.run(&["hint", "1/a"]), &["`a` is no exercise", "add"]);
    assert_has(&course.run(&["hint", "1/add"]).stdout, "lesson-1/add");
}

#[test]
fn without_a_word_the_runner_says_what_comes_next() {
    let course = Course::new();
    let ran = course.run(&[]);
    assert_eq!(ran.status, Some(0));
    assert_has(&ran.stdout, "0 of 3 exercises passed.");
    assert_has(&ran.stdout, "Next: lesson-1/add  Add numbers (fill-in, 5 minutes)");
    assert_has(&ran.stdout, "cargo xtask check lesson-1/add");
}

#[test]
fn a_lesson_is_no_step_of_test() {
    let course = Course::new();
    for target in ["lesson-1", "1/add"] {
        let proposal = format!("did you mean cargo xtask check {target}?");
        assert_usage(&course.run(&["test", target]), &[&proposal]);
    }
    assert_usage(&course.run(&["test", "everything"]), &["there is no step `everything`", "unit"]);
}

#[test]
fn commands_for_one_exercise_refuse_a_lesson() {
    let course = Course::new();
    for verb in ["hint", "reset", "undo"] {
        let names = "name one exercise: lesson-1/add, lesson-1/count, lesson-1/guess";
        assert_usage(&course.run(&[verb, "1"]), &[names]);
    }
    assert_usage(&course.run(&["solution", "1"]), &["name one exercise"]);
    assert_usage(&course.run(&["reset"]), &["name the exercise"]);
}

#[test]
fn outside_of_a_workbook_the_runner_says_where_it_looked() {
    let ran = finish(runner().current_dir("/").arg("list"));
    assert_usage(&ran, &["there is no `lessons/workbook.toml` in `/`"]);
}

#[test]
fn the_workbook_is_found_from_below_and_from_beside() {
    let course = Course::new();
    let below = course.path("lessons/lesson-1-tiny/src");
    assert_eq!(finish(runner().current_dir(below).arg("list")).status, Some(0));
    let (folder, name) = (course.root().parent(), course.root().file_name());
    let mut beside = runner();
    beside
        .current_dir(folder.expect("a folder"))
        .arg("--root")
        .arg(Path::new(name.expect("a name")));
    beside.args(["check", "1/guess"]).env("CARGO_TARGET_DIR", course.path("target"));
    assert_has(&finish(&mut beside).stdout, "0 of 1: that is where this exercise starts.");
}

#[test]
fn help_lists_every_verb() {
    let ran = Course::new().run(&["--help"]);
    assert_eq!(ran.status, Some(0));
    let verbs = [
        "book", "list", "check", "watch", "hint", "solution", "reset", "undo", "serve", "lab",
        "trace", "doctor", "test", "starters", "measure",
    ];
    for verb in verbs {
        assert_has(&ran.stdout, &format!("\n  {verb:<8}  "));
    }
    assert!(!ran.stdout.contains("launch"), "what is not for people is not shown");
}

#[test]
fn a_file_of_an_exercise_names_it() {
    let course = Course::new();
    let file = course.path(&Course::file("guess"));
    for target in [Course::file("guess"), file.display().to_string()] {
        let ran = course.run(&["check", &target]);
        assert_has(&ran.stdout, "lesson-1/guess");
        assert!(!ran.stdout.contains("lesson-1/add  "), "{ran:?}");
    }
}
