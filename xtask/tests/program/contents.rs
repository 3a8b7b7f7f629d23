//! Goal: a mistake in `workbook.toml` is reported with the file, the line, and what is allowed.
//!
//! Method: one mistake at a time in the tiny course's table of contents.
//!
//! What it does not prove: that every mistake is found; titles may still be nonsense.

use crate::course::{Course, assert_has};

#[track_caller]
fn assert_refused(from: &str, to: &str, line: usize, parts: &[&str]) {
    let course = Course::new();
    course.edit("lessons/workbook.toml", from, to);
    let ran = course.run(&["list"]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert_has(&ran.stderr, &format!("lessons/workbook.toml:{line}: "));
    for part in parts {
        assert_has(&ran.stderr, part);
    }
}

#[test]
fn what_is_not_toml_is_refused() {
    assert_refused("minutes = 5", "minutes = = 5", 13, &[]);
}

#[test]
fn an_unknown_key_is_refused_with_those_that_there_are() {
    let known = "expected one of `id`, `kind`, `title`, `minutes`, `hints`";
    assert_refused("minutes = 5", "minuets = 5", 13, &["unknown field `minuets`", known]);
    assert_refused("[[coming]]", "[[comming]]", 45, &["unknown field `comming`", "`coming`"]);
}

#[test]
fn an_unknown_kind_is_refused_with_those_that_there_are() {
    let known =
        ["unknown variant `fill`", "`warm-up`", "`fill-in`", "`predict`", "`break-it`", "`speed`"];
    assert_refused("kind = \"fill-in\"", "kind = \"fill\"", 11, &known);
}

#[test]
fn a_value_of_the_wrong_type_is_refused() {
    assert_refused(
        "minutes = 5",
        "minutes = \"five\"",
        13,
        &["invalid type: string \"five\"", "u32"],
    );
    assert_refused("number = 1\n", "number = -1\n", 2, &["u32"]);
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    assert_refused("id = \"count\"", "id = \"add\"", 17, &["exercise `add` stands here twice"]);
    let again = "[[lesson]]\nnumber = 1\ndirectory = \"lesson-1-b\"\ntitle = \"\"\nquestion = \"\"\n\n[[coming]]";
    assert_refused("[[coming]]", again, 46, &["lesson 1 stands here twice"]);
    assert_refused("number = 2", "number = 1", 46, &["lesson 1 stands here twice"]);
    let parameter = "{ name = \"rounds\", about = \"\", default = 1, min = 1, max = 1 }, ";
    let twice = ["parameter `rounds` stands here twice"];
    let rounds = "{ name = \"rounds\"";
    assert_refused(rounds, &format!("{parameter}{rounds}"), 37, &twice);
    let again = "[[lesson.trace]]\nid = \"steps\"\ntitle = \"\"\n\n[[coming]]";
    assert_refused("[[coming]]", again, 46, &["trace `steps` stands here twice"]);
}

#[test]
fn a_name_that_is_no_file_name_is_refused() {
    for name in ["../add", "Add", "a b", ""] {
        let message = format!("exercise id `{name}` is not allowed (lower-case letters");
        assert_refused("id = \"add\"", &format!("id = \"{name}\""), 10, &[&message]);
    }
    let message = "directory `tiny` is not allowed (it is `lesson-1-` and a word)";
    assert_refused("directory = \"lesson-1-tiny\"", "directory = \"tiny\"", 3, &[message]);
}

#[test]
fn an_exercise_without_hints_is_refused() {
    assert_refused(
        "hints = [\"It is in the lab.\", \"It is 42.\"]\n",
        "",
        24,
        &["missing field `hints`"],
    );
    let message = "exercise `guess` has fewer than two hints";
    assert_refused("[\"It is in the lab.\", \"It is 42.\"]", "[\"It is 42.\"]", 25, &[message]);
}

#[test]
fn a_bar_out_of_range_is_refused() {
    for bar in ["0.0", "1.5", "-1.0", "nan"] {
        assert_refused(
            "bar = 0.7",
            &format!("bar = {bar}"),
            22,
            &["is not allowed (from 0.1 to 1.0)"],
        );
    }
}

#[test]
fn a_prediction_names_a_lab_of_its_lesson() {
    let message = "lab `nubmers` is not in this lesson (it has: numbers)";
    assert_refused("lab = \"numbers\"", "lab = \"nubmers\"", 30, &[message]);
}

#[test]
fn what_a_lab_a_trace_or_a_server_uses_is_an_exercise_of_its_lesson() {
    let message = "exercise `gess` is not in this lesson (it has: add, count, guess)";
    let lab = "title = \"Numbers that are always the same\"\ndraw = \"p50\"\nuses = [\"";
    assert_refused(&format!("{lab}guess"), &format!("{lab}gess"), 36, &[message]);
    let trace = "title = \"Steps that are always the same\"\nuses = [\"";
    assert_refused(&format!("{trace}guess"), &format!("{trace}gess"), 42, &[message]);
    assert_refused("uses = []", "uses = [\"gess\"]", 6, &[message]);
}

#[test]
fn a_default_lies_in_its_range() {
    assert_refused("default = 3", "default = 30", 37, &["default 30 is outside 1..=9"]);
    assert_refused("default = 2", "default = 20", 43, &["default 20 is outside 1..=9"]);
}

#[test]
fn a_table_of_contents_that_cannot_be_read_is_named() {
    let course = Course::new();
    course.write("lessons/workbook.toml", b"title = \"\xff\"");
    let ran = course.run(&["list"]);
    assert_eq!(ran.status, Some(2));
    assert_has(&ran.stderr, "lessons/workbook.toml: ");
    assert_has(&ran.stderr, "UTF-8");
}
