//! Where the reader is, and what comes next.

use std::fmt::Write as _;

use serde::Serialize;

use crate::check;
use crate::paint::{COMMAND, FAINT, GOOD, STRONG, paint};
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
        read(&mut text, "What is left of it to read", chapters(workbook, lesson, None));
    }
    // Who works in a lesson goes on in it.
    let in_it = lesson.exercises.iter().find(|exercise| !done(exercise));
    let next = in_it.map(|exercise| (lesson, exercise)).or_else(|| exercise(workbook, &state));
    text + &told(workbook, &state, next)
}

/// The next exercise and the command to type.
#[must_use]
pub fn here(workbook: &Workbook, state: &State) -> String {
    told(workbook, state, exercise(workbook, state))
}

fn told(workbook: &Workbook, state: &State, next: Option<(&Lesson, &Exercise)>) -> String {
    let mut text = String::new();
    match next {
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
            read(&mut text, "Read first", chapters(workbook, lesson, Some(exercise)));
            let _ = writeln!(text, "  {}", paint(COMMAND, format!("cargo xtask check {name}")));
        }
        None => {
            let _ =
                writeln!(text, "{}", paint(GOOD, "You have passed everything there is so far."));
        }
    }
    text
}

/// Where to read.
fn read(text: &mut String, when: &str, chapters: Vec<(String, String)>) {
    if chapters.is_empty() {
        return;
    }
    let book = paint(COMMAND, "cargo xtask book");
    let _ =
        writeln!(text, "  {when}, in the book ({book}), or as a file without figures and code:");
    for (title, path) in chapters {
        let _ = writeln!(text, "    {title}  {}", paint(FAINT, path));
    }
}

/// The chapters, with their files, that come in the lesson behind the exercise before this one, up to this one's; or behind
/// the last exercise.
fn chapters(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: Option<&Exercise>,
) -> Vec<(String, String)> {
    let summary = workbook.root.join("book/src/SUMMARY.md");
    let summary = std::fs::read_to_string(summary).unwrap_or_default();
    let mut found = Vec::new();
    let link = format!("]({}/", lesson.name());
    for line in summary.lines() {
        let Some((title, file)) = line.split_once(&link) else { continue };
        let Some(chapter) = file.strip_suffix(".md)") else { continue };
        let title = title.trim().trim_start_matches("- [").to_owned();
        found.push((title, format!("book/src/{}/{chapter}.md", lesson.name())));
        match lesson.exercise(chapter) {
            Some(other) if exercise.is_some_and(|it| it.id() == other.id()) => return found,
            Some(_) => found.clear(),
            None => {}
        }
    }
    if exercise.is_some() { Vec::new() } else { found }
}
