//! `hint`: one more of the exercise's hints each time.

use anstream::println;

use super::{Outcome, exercise_or_next, name_of, remember};
use crate::check::screen::wrapped;
use crate::cli::TargetArgs;
use crate::paint::{COMMAND, STRONG, paint};
use crate::state::Store;
use crate::workbook::Workbook;

/// Shows the next hint; all of them when all have been shown.
///
/// # Errors
///
/// The target is unknown or no single exercise.
pub fn hint(workbook: &Workbook, arguments: &TargetArgs) -> Outcome {
    let (lesson, exercise) = exercise_or_next(workbook, arguments.target.as_deref())?;
    let name = name_of(lesson, exercise);
    let all = exercise.hints.len();
    let (mut before, mut shown) = (0, None);
    remember(workbook, |state| {
        let progress = state.exercises.entry(name.clone()).or_default();
        before = progress.hints_shown;
        progress.hints_shown = (progress.hints_shown + 1).min(all);
        shown = Some(progress.hints_shown);
    });
    // What cannot be remembered can be shown all the same.
    let remembered = || Store::new(&workbook.root).read().unwrap_or_default();
    let shown = shown.unwrap_or_else(|| (remembered().exercise(&name).hints_shown + 1).min(all));
    // Who has seen them all is shown all again.
    let first = if before >= all { 0 } else { shown - 1 };
    for (index, hint) in exercise.hints.iter().enumerate().take(shown).skip(first) {
        let heading = format!("Hint {} of {all}  {name}", index + 1);
        println!("{}", paint(STRONG, heading));
        println!("{}", wrapped(hint, "  "));
    }
    if shown == all {
        let command = format!("cargo xtask solution {name} --spoil");
        println!("That was the last one. The reference: {}", paint(COMMAND, command));
    }
    Ok(0)
}
