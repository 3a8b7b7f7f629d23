//! `hint`: one more of the exercise's hints each time.

use anstream::println;

use super::{Outcome, exercise_or_next, name_of, remember};
use crate::check::screen::wrapped;
use crate::cli::TargetArgs;
use crate::paint::{COMMAND, FAINT, STRONG, paint};
use crate::state::Store;
use crate::workbook::Workbook;

/// Shows the hints that were shown before, and the next.
///
/// # Errors
///
/// The target is unknown or no single exercise.
pub fn hint(workbook: &Workbook, arguments: &TargetArgs) -> Outcome {
    let (lesson, exercise) = exercise_or_next(workbook, arguments.target.as_deref())?;
    let name = name_of(lesson, exercise);
    let all = exercise.hints.len();
    let mut shown = None;
    remember(workbook, |state| {
        let progress = state.exercises.entry(name.clone()).or_default();
        progress.hints_shown = (progress.hints_shown + 1).min(all);
        shown = Some(progress.hints_shown);
    });
    // What cannot be remembered can be shown all the same.
    let remembered = || Store::new(&workbook.root).read().unwrap_or_default();
    let shown = shown.unwrap_or_else(|| (remembered().exercise(&name).hints_shown + 1).min(all));
    for (index, hint) in exercise.hints.iter().take(shown).enumerate() {
        let heading = format!("Hint {} of {all}", index + 1);
        let style = if index + 1 == shown { STRONG } else { FAINT };
        println!("{}", paint(style, format!("{heading}  {name}")));
        println!("{}", wrapped(hint, "  "));
    }
    if shown == all {
        let command = format!("cargo xtask solution {name} --spoil");
        println!("That was the last one. The reference: {}", paint(COMMAND, command));
    }
    Ok(0)
}
