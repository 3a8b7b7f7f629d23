//! Building tests and benches with Cargo, and finding the first error when that fails.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, ChildStdout, Command, Stdio};
use std::thread;

use serde::Deserialize;

use super::report::CompileError;
use crate::status::Status;
use crate::workbook::Lesson;

/// How much of Cargo's own output is kept for an error message.
const STDERR_BYTES_MAX: usize = 64 * 1024;

/// What to build.
#[derive(Debug)]
pub struct Build<'a> {
    /// The workspace.
    pub root: &'a Path,
    /// The lesson's package.
    pub lesson: &'a Lesson,
    /// `test` or `bench`.
    pub kind: &'a str,
    /// The targets of that kind.
    pub targets: &'a [&'a str],
    /// The features.
    pub features: &'a [String],
}

/// Why there is nothing to run.
#[derive(Debug)]
pub enum BuildError {
    /// The compiler said so.
    Compile(CompileError),
    /// Cargo said so, or could not be started.
    Environment(String),
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<CargoTarget>,
    executable: Option<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct CargoTarget {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    column_start: u32,
    is_primary: bool,
}

/// What Cargo's messages say.
#[derive(Default)]
struct Built {
    programs: BTreeMap<String, PathBuf>,
    /// The compiler's first error.
    error: Option<CompileError>,
    /// The first that has no place: the linker's.
    elsewhere: Option<String>,
}

impl Build<'_> {
    /// Builds, and returns each target's program.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: the first error of the compiler, or what Cargo said.
    pub fn run(&self, status: &Status) -> Result<BTreeMap<String, PathBuf>, BuildError> {
        let environment = |error: std::io::Error| {
            BuildError::Environment(format!("cannot start `cargo`: {error}"))
        };
        let mut cargo = self.command().spawn().map_err(environment)?;
        let stdout = cargo.stdout.take().expect("stdout is a pipe");
        let stderr = cargo.stderr.take().expect("stderr is a pipe");
        let (built, complaints) = thread::scope(|scope| {
            let complaints = scope.spawn(|| complaints(stderr, status));
            let built = self.messages(stdout, status);
            (built, complaints.join().unwrap_or_default())
        });
        let success = cargo.wait().map_err(environment)?.success();
        match (success, built.error) {
            (true, _) => Ok(built.programs),
            (false, Some(error)) => Err(BuildError::Compile(error)),
            (false, None) => {
                let why = built.elsewhere.unwrap_or(complaints);
                Err(BuildError::Environment(why.trim().to_owned()))
            }
        }
    }

    /// Reads Cargo's messages to their end.
    fn messages(&self, stdout: ChildStdout, status: &Status) -> Built {
        let mut built = Built::default();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let Ok(message) = serde_json::from_str::<Message>(&line) else { continue };
            match message.reason.as_str() {
                "compiler-artifact" => {
                    let Some(target) = message.target else { continue };
                    status.show(&format!("built {}", target.name));
                    if let Some(program) = message.executable
                        && target.kind.iter().any(|kind| kind == self.kind)
                    {
                        built.programs.insert(target.name, program);
                    }
                }
                "compiler-message" => {
                    let Some(diagnostic) = message.message.filter(|it| it.level == "error") else {
                        continue;
                    };
                    let rendered = diagnostic.rendered.clone().unwrap_or_default();
                    match error(diagnostic) {
                        Some(error) => built.error = built.error.or(Some(error)),
                        None => {
                            let plain = anstream::adapter::strip_str(&rendered).to_string();
                            built.elsewhere = built.elsewhere.or(Some(plain));
                        }
                    }
                }
                _ => {}
            }
        }
        built
    }

    fn command(&self) -> Command {
        let mut command = cargo(self.root);
        command.arg(self.kind).args([
            "--no-run",
            "--message-format=json-diagnostic-rendered-ansi",
            "--package",
        ]);
        command.arg(self.lesson.package());
        for target in self.targets {
            command.arg(format!("--{}", self.kind)).arg(target);
        }
        if !self.features.is_empty() {
            command.arg("--features").arg(self.features.join(","));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// The beginning of what Cargo says on its standard error; the status hears all of it.
fn complaints(stderr: ChildStderr, status: &Status) -> String {
    let mut text = String::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        status.cargo(&line);
        if text.len() < STDERR_BYTES_MAX {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Cargo, in the workspace, as the reader's `cargo xtask` was started.
#[must_use]
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // What `cargo run` sets for the runner is no business of what the runner builds: it would rebuild for nothing.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_")) {
            command.env_remove(name);
        }
    }
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"] {
        command.env_remove(name);
    }
    command
}

/// An error with its place, if it has one.
fn error(diagnostic: Diagnostic) -> Option<CompileError> {
    let span = diagnostic.spans.iter().find(|span| span.is_primary)?;
    Some(CompileError {
        file: span.file_name.clone(),
        line: span.line_start,
        column: span.column_start,
        rendered: diagnostic.rendered.unwrap_or_default().trim_end().to_owned(),
    })
}
