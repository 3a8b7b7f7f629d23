//! `serve`: a lesson's rung of the ladder.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::{Outcome, Unable, lab};
use crate::cli::ServeArgs;
use crate::target;
use crate::workbook::Workbook;

/// Builds the lesson's server and becomes it.
///
/// # Errors
///
/// The lesson is unknown or has no server, or the server does not build or start.
pub fn serve(workbook: &Workbook, arguments: &ServeArgs) -> Outcome {
    let lesson = target::lesson(workbook, &arguments.lesson)?;
    if lesson.rung.is_none() {
        return Err(format!("{} has no server of its own", lesson.name()).into());
    }
    let example = format!("serve-{}", lesson.name());
    let program = lab::build_example(workbook, lesson, &example, arguments.solution)?;
    let error = Command::new(&program).arg(arguments.listen.to_string()).exec();
    Err(Unable(format!("cannot start `{}`: {error}", program.display())).into())
}
