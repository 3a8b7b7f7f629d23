//! `load`: the load tester on a URL, or on a lesson's rung, which is started for it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::{Outcome, Unable, lab};
use crate::check::build::cargo;
use crate::cli::LoadArgs;
use crate::target;
use crate::workbook::Workbook;

/// Loads it, and returns the load tester's exit status.
///
/// # Errors
///
/// The target is neither a URL nor a lesson with a server, or a program does not build or start.
pub fn load(workbook: &Workbook, arguments: &LoadArgs) -> Outcome {
    let LoadArgs { target, solution, path, options } = arguments;
    if is_url(target) {
        if path.is_some() {
            return Err("a URL has its own path: `--path` is for a lesson's server".into());
        }
        return tester(workbook, target, &[], options);
    }
    let path = path.as_deref().unwrap_or("/plaintext");
    if !path.starts_with('/') {
        return Err(format!("the path `{path}` does not begin with `/`").into());
    }
    let rung = Rung::start(workbook, target, *solution)?;
    let pid = rung.process.id().to_string();
    tester(workbook, &format!("{}{path}", rung.url), &["--pid", &pid], options)
}

fn is_url(target: &str) -> bool {
    target.contains("://") || target.contains(':')
}

fn tester(workbook: &Workbook, url: &str, more: &[&str], options: &[String]) -> Outcome {
    let mut command = cargo(&workbook.root);
    command.args(["run", "--quiet", "--release", "--package", "load-tester", "--", url]);
    command.args(more).args(options);
    if !workbook.root.join("target/release/load-tester").exists() {
        anstream::eprintln!("building the load tester for the first time: half a minute");
    }
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(4))
}

/// A lesson's server on a free port; it ends with this.
struct Rung {
    process: Child,
    url: String,
    /// Kept, so that it may go on to speak.
    stdout: BufReader<ChildStdout>,
}

impl Rung {
    fn start(
        workbook: &Workbook,
        target: &str,
        solution: bool,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let lesson = target::lesson(workbook, target)?;
        let Some(rung) = &lesson.rung else {
            return Err(format!("{} has no server of its own", lesson.name()).into());
        };
        let example = format!("serve-{}", lesson.name());
        let program = lab::build_example(workbook, lesson, &example, &rung.uses, solution)?;
        let mut process = Command::new(&program)
            .arg("127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = BufReader::new(process.stdout.take().expect("it is a pipe"));
        let mut rung = Self { process, url: String::new(), stdout };
        let mut line = String::new();
        rung.stdout.read_line(&mut line)?;
        match line.trim().strip_prefix("listening on ") {
            Some(url) => rung.url = url.to_owned(),
            None => return Err(Unable(format!("`{example}` does not say where it listens")).into()),
        }
        Ok(rung)
    }
}

impl Drop for Rung {
    fn drop(&mut self) {
        // It has no state that could be lost.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
