//! `book`: the book's own program, built when it is first asked for.

use std::os::unix::process::CommandExt as _;

use super::{Outcome, Unable};
use crate::check::build::cargo;
use crate::cli::BookArgs;
use crate::workbook::Workbook;

/// Becomes `book-server`.
///
/// # Errors
///
/// It cannot be started.
pub fn book(workbook: &Workbook, arguments: &BookArgs) -> Outcome {
    let mut command = cargo(&workbook.root);
    command.args(["run", "--quiet", "--package", "book-server", "--"]);
    match &arguments.build {
        Some(folder) => {
            // Relative to where the reader stands, not to the workspace that Cargo runs in.
            command.arg("build").arg(std::path::absolute(folder)?);
        }
        None => {
            command.args(["serve", "--port", &arguments.port.to_string()]);
            if arguments.no_open {
                command.arg("--no-open");
            }
        }
    }
    command.arg("--root").arg(&workbook.root);
    if !workbook.root.join("target/debug/book-server").exists() {
        anstream::eprintln!("building the book's server for the first time: a minute or two");
    }
    Err(Unable(format!("cannot start `cargo`: {}", command.exec())).into())
}
