//! `reset` and `undo`: the starter put back, and what was there before.

use anstream::println;

use super::{Outcome, exercise_or_next, name_of};
use crate::cli::{TargetArgs, UndoArgs};
use crate::paint::{COMMAND, FAINT, paint};
use crate::snapshot::{self, Snapshots};
use crate::starter;
use crate::state::Store;
use crate::workbook::{Exercise, Lesson, Workbook};

/// Derives the starter afresh and puts it in the place of the reader's files, of which a copy is kept.
///
/// # Errors
///
/// The target is unknown or no single exercise; the copy cannot be kept, or the starter cannot be written.
pub fn reset(workbook: &Workbook, arguments: &TargetArgs) -> Outcome {
    let text = arguments.target.as_deref().ok_or("name the exercise to reset")?;
    let (lesson, exercise) = exercise_or_next(workbook, Some(text))?;
    let store = Store::new(&workbook.root);
    let starter = starter::derive(&workbook.root, lesson, exercise)?;
    snapshot::replace(&workbook.root, &store, (lesson, exercise), &starter)?;
    let name = name_of(lesson, exercise);
    let undo = paint(COMMAND, format!("cargo xtask undo {name}"));
    println!("{} is the starter again. What you had is kept: {undo}", file(lesson, exercise));
    Ok(0)
}

/// Brings back the latest copy that differs from what is there, or a chosen one; what is there is kept too.
///
/// # Errors
///
/// The target is unknown or no single exercise; there is no such copy; a file cannot be written.
pub fn undo(workbook: &Workbook, arguments: &UndoArgs) -> Outcome {
    let text = arguments.target.as_deref().ok_or("name the exercise whose files to bring back")?;
    let (lesson, exercise) = exercise_or_next(workbook, Some(text))?;
    let store = Store::new(&workbook.root);
    let snapshots = Snapshots::of(&store, lesson, exercise);
    let present = snapshot::current(&workbook.root, lesson, exercise)?;
    if arguments.list {
        return Ok(list(&snapshots, &present));
    }
    let numbers = snapshots.numbers();
    let number = match arguments.to {
        Some(number) if numbers.contains(&number) => number,
        Some(number) => return Err(format!("there is no copy {number} (see `undo --list`)").into()),
        None => numbers
            .iter()
            .rev()
            .copied()
            .find(|&number| !snapshots.same(number, &present))
            .ok_or("there is nothing to go back to: no copy differs from what is there")?,
    };
    let files = snapshots.read(number)?;
    snapshot::replace(&workbook.root, &store, (lesson, exercise), &files)?;
    let name = name_of(lesson, exercise);
    let list = paint(COMMAND, format!("cargo xtask undo {name} --list"));
    println!(
        "{} is copy {number} again. What you had is kept: `undo` brings that back, {list} shows older ones.",
        file(lesson, exercise)
    );
    Ok(0)
}

fn list(snapshots: &Snapshots, present: &[starter::SourceFile]) -> u8 {
    for number in snapshots.numbers() {
        let lines: usize = snapshots
            .read(number)
            .unwrap_or_default()
            .iter()
            .map(|file| file.text().lines().count())
            .sum();
        let now = if snapshots.same(number, present) { "  as it is now" } else { "" };
        let when = snapshots.age(number).unwrap_or_default();
        println!("{number:>4}  {lines:>4} lines  {when}{}", paint(FAINT, now));
    }
    0
}

fn file(lesson: &Lesson, exercise: &Exercise) -> String {
    lesson.path().join(exercise.file()).display().to_string()
}
