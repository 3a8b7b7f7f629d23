//! `serve`: a lesson's rung of the ladder.

use std::io::ErrorKind;
use std::net::TcpListener;
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
    let Some(rung) = &lesson.rung else {
        return Err(format!("{} has no server of its own", lesson.name()).into());
    };
    // The servers share their port with whoever asks for it, too (SO_REUSEPORT): two of them would each get some of the
    // clients, and nobody would be told.
    if let Err(error) = TcpListener::bind(arguments.listen)
        && error.kind() == ErrorKind::AddrInUse
    {
        let address = arguments.listen;
        let why =
            format!("something listens on `{address}` already (`--listen` takes another address)");
        return Err(Unable(why).into());
    }
    let example = format!("serve-{}", lesson.name());
    let program = lab::build_example(workbook, lesson, &example, &rung.uses, arguments.solution)?;
    let error = Command::new(&program).arg(arguments.listen.to_string()).exec();
    Err(Unable(format!("cannot start `{}`: {error}", program.display())).into())
}
