//! `starters`: the committed starters, written anew from the references.

use std::process::Command;

use anstream::println;

use super::{Outcome, name_of};
use crate::cli::StartersArgs;
use crate::paint::{FAINT, UNSURE, paint};
use crate::snapshot;
use crate::starter::{self, SourceFile};
use crate::state::Store;
use crate::workbook::{Exercise, Lesson, Workbook};

/// What a starter in the tree is, compared with the derived one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The same.
    Current,
    /// Different, and as committed: the reference has moved on.
    Stale,
    /// Different, and not as committed: somebody's work.
    Edited,
}

/// Writes every stale starter, and names the edited ones.
///
/// # Errors
///
/// A starter cannot be derived or written.
pub fn starters(workbook: &Workbook, arguments: &StartersArgs) -> Outcome {
    let store = Store::new(&workbook.root);
    let mut stale = 0;
    for (lesson, exercise) in workbook.exercises() {
        let derived = starter::derive(&workbook.root, lesson, exercise)?;
        let name = name_of(lesson, exercise);
        match standing(workbook, lesson, exercise, &derived)? {
            Standing::Current => println!("{}", paint(FAINT, format!("{name}: current"))),
            Standing::Edited => {
                println!(
                    "{}",
                    paint(UNSURE, format!("{name}: edited, left alone (`reset` replaces it)"))
                );
            }
            Standing::Stale if arguments.check => {
                stale += 1;
                println!(
                    "{name}: differs from its reference (`cargo xtask starters` writes it anew)"
                );
            }
            Standing::Stale => {
                snapshot::replace(&workbook.root, &store, (lesson, exercise), &derived)?;
                println!("{name}: written");
            }
        }
    }
    Ok(u8::from(stale > 0))
}

/// Compares a starter in the tree with the derived one.
///
/// # Errors
///
/// The tree's files cannot be read.
pub fn standing(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    derived: &[SourceFile],
) -> std::io::Result<Standing> {
    let present = snapshot::current(&workbook.root, lesson, exercise)?;
    if present == derived {
        return Ok(Standing::Current);
    }
    let committed = |file: &SourceFile| {
        let path = lesson.path().join(&file.path);
        let output = Command::new("git")
            .current_dir(&workbook.root)
            .arg("show")
            .arg(format!("HEAD:./{}", path.display()))
            .output();
        output.is_ok_and(|output| output.status.success() && output.stdout == file.bytes)
    };
    let standing = if present.iter().all(committed) { Standing::Stale } else { Standing::Edited };
    Ok(standing)
}
