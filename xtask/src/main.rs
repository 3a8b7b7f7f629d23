//! `cargo xtask`: reads the command line and calls the library.

#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{eprintln, println};
use clap::Parser;
use xtask::check::keeper;
use xtask::cli::{Cli, Verb};
use xtask::paint::{BAD, paint};
use xtask::status;
use xtask::verbs;
use xtask::workbook::Workbook;

fn main() -> ExitCode {
    // Before anything else, since there is one for each test: no command of a reader's.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|verb| verb == keeper::VERB) {
        let kept = keeper::keep(arguments);
        if let Err(error) = &kept {
            std::eprintln!("{error}");
        }
        return ExitCode::from(u8::from(kept.is_err()));
    }
    match run(Cli::parse()) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            let status = verbs::exit_status(&*error);
            eprintln!("{}{error}", paint(BAD, "error: "));
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because {cause}");
                source = cause.source();
            }
            ExitCode::from(status)
        }
    }
}

fn run(cli: Cli) -> Result<u8, Box<dyn std::error::Error>> {
    let root = match cli.root {
        // Cargo and the tests run in other folders.
        Some(root) => std::path::absolute(root)?,
        None => find_root(&std::env::current_dir()?)?,
    };
    let workbook = Workbook::load(&root)?;
    let Some(verb) = cli.command else {
        println!("{}", verbs::list::here(&workbook).trim_end());
        return Ok(0);
    };
    if verb.tells_a_program() {
        status::end_with_the_reader();
    }
    match verb {
        Verb::List => verbs::list::list(&workbook),
        Verb::Check(arguments) => verbs::check::check(&workbook, &arguments),
        Verb::Watch(arguments) => verbs::watch::watch(&workbook, &arguments),
        Verb::Hint(arguments) => verbs::hint::hint(&workbook, &arguments),
        Verb::Solution(arguments) => verbs::solution::solution(&workbook, &arguments),
        Verb::Reset(arguments) => verbs::reset::reset(&workbook, &arguments),
        Verb::Undo(arguments) => verbs::reset::undo(&workbook, &arguments),
        Verb::Serve(arguments) => verbs::serve::serve(&workbook, &arguments),
        Verb::Load(arguments) => verbs::load::load(&workbook, &arguments),
        Verb::Lab(arguments) => verbs::lab::lab(&workbook, &arguments),
        Verb::Trace(arguments) => verbs::trace::trace(&workbook, &arguments),
        Verb::Book(arguments) => verbs::book::book(&workbook, &arguments),
        Verb::Doctor => verbs::doctor::doctor(&workbook),
        Verb::Test(arguments) => verbs::test::test(&workbook, &arguments),
        Verb::Starters(arguments) => verbs::starters::starters(&workbook, &arguments),
        Verb::Measure(arguments) => verbs::measure::measure(&workbook, &arguments),
    }
}

/// The nearest folder upwards that holds `lessons/workbook.toml`.
fn find_root(from: &Path) -> Result<PathBuf, String> {
    from.ancestors()
        .find(|folder| folder.join("lessons/workbook.toml").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| {
            let from = from.display();
            format!("there is no `lessons/workbook.toml` in `{from}` or above it (run this in the workbook's folder)")
        })
}
