//! Running the tests of an exercise: each in a process of its own, several at a time, those that failed last time first.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use super::report::{Outcome, TestReport};
use super::sandbox::{self, Job};
use super::{autopsy, failure};
use crate::status::Status;

/// What a test, or the listing of tests, may take. The slowest test of a reference needs a second
/// of a processor, because that is the smallest limit that the kernel sets (lesson 4's jobs).
pub const TIME_MAX: Duration = Duration::from_secs(5);

/// What a model may take, of which one run is hundreds of thousands.
pub const MODEL_TIME_MAX: Duration = Duration::from_secs(20);

/// The time limit in whole seconds, instead of the usual one: the runner's own tests wait for hangs.
const TIME_VARIABLE: &str = "WORKBOOK_TEST_SECONDS";

/// What something may take: `usual`, unless the variable says otherwise.
#[must_use]
pub fn time_max(usual: Duration) -> Duration {
    let seconds = std::env::var(TIME_VARIABLE).ok().and_then(|text| text.parse().ok());
    seconds.filter(|&seconds| seconds > 0).map_or(usual, Duration::from_secs)
}

/// A test program and where its lesson is.
#[derive(Debug)]
pub struct Tests<'a> {
    /// The program that `cargo test --no-run` built.
    pub program: &'a Path,
    /// The file that it was built from.
    pub source: &'a Path,
    /// The workspace.
    pub root: &'a Path,
    /// The lesson's folder, relative to the root.
    pub lesson: PathBuf,
    /// What a test may take.
    pub time_max: Duration,
}

impl Tests<'_> {
    /// Runs every test and returns the reports in the order of the program's list.
    ///
    /// # Errors
    ///
    /// The program cannot be started or lists no tests.
    pub fn run(&self, first: &[String], status: &Status) -> Result<Vec<TestReport>, String> {
        let names = self.list()?;
        let mut order: Vec<&String> = names.iter().collect();
        order.sort_by_key(|name| !first.contains(name));
        let queue = Mutex::new(order.into_iter());
        let done = Mutex::new(Vec::new());
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().expect("no worker panics").next();
                        let Some(name) = next else { break };
                        let report = self.run_one(name);
                        let mut done = done.lock().expect("no worker panics");
                        status.test(&report, done.len() + 1, names.len());
                        done.push(report);
                    }
                });
            }
        });
        let mut reports = done.into_inner().expect("no worker panics");
        reports.sort_by_key(|report| names.iter().position(|name| *name == report.name));
        Ok(reports)
    }

    fn job<'a>(&'a self, arguments: &'a [&'a str], folder: &'a Path) -> Job<'a> {
        let time_max = self.time_max;
        Job { program: self.program, arguments, folder, environment: &[], time_max }
    }

    fn list(&self) -> Result<Vec<String>, String> {
        let folder = self.root.join(&self.lesson);
        let job = self.job(&["--list", "--format", "terse"], &folder);
        let ended = sandbox::run(&job, |_| Vec::new())
            .map_err(|error| format!("cannot start `{}`: {error}", self.program.display()))?;
        let mut names: Vec<_> = ended
            .stdout
            .lines()
            .filter_map(|line| line.strip_suffix(": test"))
            .map(str::to_owned)
            .collect();
        // libtest lists them by name; the file has them in the order in which they are best read.
        let source = fs::read_to_string(self.source).unwrap_or_default();
        names.sort_by_key(|name| place(&source, name));
        if names.is_empty() {
            return Err(format!(
                "`{}` has no tests: 0 tests that pass prove nothing (is the test file as the course has it?)",
                self.program.display()
            ));
        }
        Ok(names)
    }

    fn run_one(&self, name: &str) -> TestReport {
        let folder = self.root.join(&self.lesson);
        let arguments = ["--exact", name, "--nocapture", "--test-threads=1"];
        let job = self.job(&arguments, &folder);
        match sandbox::run(&job, autopsy::of) {
            Ok(ended) => failure::report(name, &ended, self.time_max, &self.lesson),
            Err(error) => TestReport {
                name: name.to_owned(),
                outcome: Outcome::Environment,
                seconds: 0.0,
                message: format!("cannot start the test's process: {error}"),
                location: None,
                output: String::new(),
                threads: Vec::new(),
            },
        }
    }
}

/// Where a test stands in its file, or the module that it is in.
fn place(source: &str, name: &str) -> Option<usize> {
    match name.split_once("::") {
        Some((module, _)) => source.find(&format!("mod {module};")),
        None => source.find(&format!("fn {name}(")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_in_a_module_stands_where_the_module_is_named() {
        let source = "mod first;\n\nfn b() {}\n\nfn a() {}\n\nmod last;\n";
        let mut names = ["a", "b", "first::z", "last::c"];
        names.sort_by_key(|name| place(source, name));
        assert_eq!(names, ["first::z", "b", "a", "last::c"]);
    }
}
