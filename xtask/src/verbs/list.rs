//! `list`, and the runner without a command.

use std::fmt::Write as _;

use anstream::println;

use super::{Outcome, name_of, state};
use crate::check;
use crate::next::{self, Standing};
use crate::paint::{COMMAND, FAINT, GOOD, STRONG, paint};
use crate::state::State;
use crate::workbook::{Exercise, Lesson, Workbook};

/// Where the reader is, the next exercise, the command to type.
#[must_use]
pub fn here(workbook: &Workbook) -> String {
    let state = state(workbook);
    let all = workbook.exercises().count();
    let passed = workbook
        .exercises()
        .filter(|(lesson, exercise)| check::passed(&workbook.root, lesson, exercise, &state))
        .count();
    let mut text = format!("{passed} of {all} exercises passed.\n");
    text.push_str(&next::here(workbook, &state));
    let _ = writeln!(
        text,
        "Read: {}   All: {}",
        paint(COMMAND, "cargo xtask book"),
        paint(COMMAND, "cargo xtask list")
    );
    text
}

/// The progress table.
///
/// # Errors
///
/// None: what cannot be read is said and counted as not there.
pub fn list(workbook: &Workbook) -> Outcome {
    let state = state(workbook);
    let next = next::exercise(workbook, &state).map(|(lesson, exercise)| name_of(lesson, exercise));
    for lesson in &workbook.lessons {
        println!("{}  {}", paint(STRONG, lesson.name()), lesson.title);
        for exercise in &lesson.exercises {
            println!("{}", row(workbook, lesson, exercise, &state, next.as_deref()));
        }
    }
    for coming in &workbook.coming {
        let line = format!("lesson-{}  {} (coming)", coming.number, coming.title);
        println!("{}", paint(FAINT, line));
    }
    println!();
    println!("{}", next::here(workbook, &state).trim_end());
    Ok(0)
}

fn row(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    state: &State,
    next: Option<&str>,
) -> String {
    let name = name_of(lesson, exercise);
    let progress = state.exercise(&name);
    let mark = match next::standing(workbook, lesson, exercise, state) {
        Standing::Passed => paint(GOOD, "✓ passed "),
        Standing::Changed => paint(GOOD, "~ changed"),
        Standing::New => paint(FAINT, "· new    "),
        Standing::Begun => "… begun  ".to_owned(),
    };
    let score =
        progress.best_score().map_or(String::new(), |best| format!("  best score {best:.2}"));
    let arrow = if next == Some(name.as_str()) { "→" } else { " " };
    format!(
        " {arrow} {mark}  {name:<20} {:<8} {:>3} min  {}{}",
        exercise.kind,
        exercise.minutes,
        exercise.title,
        paint(FAINT, score)
    )
}
