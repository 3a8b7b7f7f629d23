//! Where the reader is, and what comes next.

use std::fmt::Write as _;

use serde::Serialize;

use crate::check;
use crate::paint::{COMMAND, GOOD, STRONG, paint};
use crate::state::{State, Store};
use crate::workbook::{Exercise, Lesson, Workbook};

/// How far an exercise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Never checked.
    New,
    /// Checked, and never passed.
    Begun,
    /// Passed, and changed since.
    Changed,
    /// Passed as it is now.
    Passed,
}

/// How far that exercise is.
#[must_use]
pub fn standing(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    state: &State,
) -> Standing {
    let progress = state.exercise(&format!("{}/{}", lesson.name(), exercise.id()));
    match (progress.passed, progress.checks) {
        (Some(_), _) if check::passed(&workbook.root, lesson, exercise, state) => Standing::Passed,
        (Some(_), _) => Standing::Changed,
        (None, 0) => Standing::New,
        (None, _) => Standing::Begun,
    }
}

/// The first exercise of the course that has not passed as it is now.
#[must_use]
pub fn exercise<'a>(workbook: &'a Workbook, state: &State) -> Option<(&'a Lesson, &'a Exercise)> {
    workbook
        .exercises()
        .find(|(lesson, exercise)| !check::passed(&workbook.root, lesson, exercise, state))
}

/// What to say behind a check in which nothing is left to fix.
#[must_use]
pub fn after(workbook: &Workbook, lesson: &Lesson, checked: &str) -> String {
    let state = Store::new(&workbook.root).read().unwrap_or_default();
    let done = |exercise: &Exercise| check::passed(&workbook.root, lesson, exercise, &state);
    let mut text = String::new();
    if checked.contains('/') {
        let command = paint(COMMAND, format!("cargo xtask solution {checked}"));
        let _ = writeln!(text, "Compare with the reference: {command}");
    }
    if lesson.exercises.iter().all(done) {
        let _ = writeln!(text, "{}", paint(GOOD, format!("All of {} passes.", lesson.name())));
        if let Some(rung) = &lesson.rung {
            let command = paint(COMMAND, format!("cargo xtask serve {}", lesson.name()));
            let about = &rung.about;
            let _ = writeln!(text, "Run the server that it built ({about}):\n  {command}");
        }
    }
    text + &here(workbook, &state)
}

/// The next exercise and the command to type.
#[must_use]
pub fn here(workbook: &Workbook, state: &State) -> String {
    let mut text = String::new();
    match exercise(workbook, state) {
        Some((lesson, exercise)) => {
            let name = format!("{}/{}", lesson.name(), exercise.id());
            let _ = writeln!(
                text,
                "Next: {}  {} ({}, {} minutes)",
                paint(STRONG, &name),
                exercise.title,
                exercise.kind,
                exercise.minutes
            );
            let failed = state.exercise(&name).failing.len();
            if failed > 0 {
                let plural = if failed == 1 { "" } else { "s" };
                let _ = writeln!(text, "  Begun: {failed} test{plural} failed the last time");
            }
            let chapter = format!("book/src/{name}.md");
            if let Some(title) = title(workbook, &chapter) {
                let book = paint(COMMAND, "cargo xtask book");
                let _ = writeln!(text, "  Read first: {title}, in the book ({book}) or {chapter}");
            }
            let _ = writeln!(text, "  {}", paint(COMMAND, format!("cargo xtask check {name}")));
        }
        None => {
            let _ =
                writeln!(text, "{}", paint(GOOD, "You have passed everything there is so far."));
        }
    }
    text
}

/// A chapter's title.
fn title(workbook: &Workbook, chapter: &str) -> Option<String> {
    let text = std::fs::read_to_string(workbook.root.join(chapter)).ok()?;
    Some(text.lines().find_map(|line| line.strip_prefix("# "))?.to_owned())
}
