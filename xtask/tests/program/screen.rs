//! Goal: colours where they can be shown, plain text everywhere else, and lines that fit.
//!
//! Method: pipes, and pseudo-terminals of several widths.
//!
//! What it does not prove: that it is beautiful.

use crate::course::{Course, assert_has, finish};
use crate::terminal::Terminal;

const ESCAPE: char = '\x1b';

#[test]
fn a_pipe_gets_no_escape_codes() {
    let course = Course::new();
    for arguments in [
        &["list"][..],
        &[],
        &["hint", "1/add"],
        &["check", "1/guess"],
        &["check", "7"],
        &["--help"],
    ] {
        let ran = course.run(arguments);
        assert!(!(ran.stdout + &ran.stderr).contains(ESCAPE), "{arguments:?}");
    }
}

#[test]
fn a_terminal_gets_colours_unless_it_asks_for_none() {
    let course = Course::new();
    let list = || course.command(&["list"]);
    assert_has(&Terminal::screen_of(&mut list(), 80, &[]), "\x1b[1mlesson-1\x1b[0m");
    let plain = Terminal::screen_of(&mut list(), 80, &[("NO_COLOR", "1")]);
    assert!(!plain.contains(ESCAPE), "{plain}");
    assert_has(&plain, "lesson-1  Tiny");
    let dumb = Terminal::screen_of(&mut list(), 80, &[("TERM", "dumb")]);
    assert!(!dumb.contains(ESCAPE), "{dumb}");
}

#[test]
fn no_colour_is_no_colour_in_a_check_either() {
    let course = Course::solved(&["guess"]);
    let mut check = course.command(&["check", "1/guess", "--predict", "1"]);
    let shown = Terminal::screen_of(&mut check, 80, &[("NO_COLOR", "1"), ("TERM", "dumb")]);
    assert!(!shown.contains(ESCAPE), "{shown:?}");
    assert_has(&shown, "✓ lesson-1/guess");
}

#[test]
fn text_fits_into_a_narrow_terminal() {
    let course = Course::solved(&["count"]);
    let long = "word ".repeat(40);
    course.edit("lessons/workbook.toml", "What does the sign of a number change?", &long);
    for columns in [20, 40, 72] {
        // Nothing is remembered: the first hint is the next.
        let _ = std::fs::remove_dir_all(course.path(".workbook"));
        let shown = Terminal::screen_of(
            &mut course.command(&["hint", "1/add"]),
            columns,
            &[("NO_COLOR", "1")],
        );
        let text: Vec<_> = shown.lines().filter(|line| line.contains("word")).collect();
        assert!(text.len() >= 3, "{shown}");
        assert!(
            text.iter().all(|line| line.trim_end().chars().count() <= columns.into()),
            "{columns}:\n{shown}"
        );
        let mut check = course.command(&["check", "1/count"]);
        let shown =
            Terminal::screen_of(&mut check, columns, &[("NO_COLOR", "1"), ("TERM", "dumb")]);
        let bars: Vec<_> = shown.lines().filter(|line| line.contains('▆')).collect();
        assert_eq!(bars.len(), 3, "{shown}");
        assert!(
            bars.iter().all(|line| line.trim_end().chars().count() <= usize::from(columns).max(30)),
            "{columns}:\n{shown}"
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_stops_nobody() {
    let course = Course::new();
    let mut shell = std::process::Command::new("sh");
    let script = "\"$0\" --root \"$1\" --help | true; \"$0\" --root \"$1\" list | true";
    let ran = finish(shell.args(["-c", script, env!("CARGO_BIN_EXE_xtask")]).arg(course.root()));
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
}
