//! The steps in which Cargo does the work.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{fs, io, thread};

use super::{Tally, Trouble, judged};
use crate::check::build::cargo;
use crate::check::failure::SKIPPED;
use crate::workbook::Workbook;

/// The package of the server.
const SERVER: &str = "final-project";

/// Its test that takes minutes in CI.
const SOAK: &str = "load_faults_and_restarts_together";

fn run(tally: &mut Tally, what: &str, command: &mut Command) -> Result<(), Trouble> {
    let status = command.stdin(Stdio::null()).status()?;
    let result = if status.success() { Ok(()) } else { Err(format!("{status}")) };
    tally.judge(what, result);
    Ok(())
}

/// `cargo fmt --check`.
pub(super) fn format(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let mut command = cargo(&judged(workbook)?);
    run(tally, "cargo fmt --check", command.args(["fmt", "--all", "--check"]))
}

/// Clippy, once for each side of the lessons' switches, with the benches.
pub(super) fn clippy(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let root = judged(workbook)?;
    let mut command = cargo(&root);
    command.args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    run(tally, "clippy: workspace", &mut command)?;
    for lesson in &workbook.lessons {
        lint(tally, &root, &Package::read(&workbook.root, &lesson.path())?)?;
    }
    for package in unlisted(workbook)? {
        lint(tally, &root, &package)?;
    }
    Ok(())
}

/// Each combination of features that is built somewhere.
fn lint(tally: &mut Tally, root: &Path, package: &Package) -> Result<(), Trouble> {
    let bench = package.has("bench").then_some("bench".to_owned());
    let variants = package.variants().map(|variant| format!("solution,{variant}"));
    let solution = package.with_solution().to_owned();
    for features in bench.into_iter().chain([solution]).chain(variants) {
        let mut command = cargo(root);
        command.args(["clippy", "--quiet", "--all-targets", "--package", &package.name]);
        command.args(["--features", &features, "--", "-D", "warnings"]);
        run(tally, &format!("clippy: {} with {features}", package.name), &mut command)?;
    }
    Ok(())
}

/// A package with a switch: without the feature `solution` it is the learner's.
struct Package {
    name: String,
    features: toml::Table,
}

impl Package {
    fn read(root: &Path, folder: &Path) -> Result<Self, Trouble> {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let manifest = fs::read_to_string(root.join(folder).join("Cargo.toml"))?;
        let manifest: toml::Table = toml::from_str(&manifest)?;
        let features = manifest.get("features").and_then(|features| features.as_table());
        Ok(Self { name, features: features.cloned().unwrap_or_default() })
    }

    fn has(&self, feature: &str) -> bool {
        self.features.contains_key(feature)
    }

    /// Features with which the reference is built once more, for the tests that end with their names.
    fn variants(&self) -> impl Iterator<Item = &'static str> {
        ["loom", "otel"].into_iter().filter(|feature| self.has(feature))
    }

    fn with_solution(&self) -> &'static str {
        if self.has("bench") { "solution,bench" } else { "solution" }
    }
}

/// What the table of contents does not have yet: references and tests, without chapters.
fn unlisted(workbook: &Workbook) -> Result<Vec<Package>, Trouble> {
    let mut folders = vec![PathBuf::from(SERVER)];
    for entry in fs::read_dir(workbook.root.join("lessons"))? {
        let folder = Path::new("lessons").join(entry?.file_name());
        let lesson = folder.to_string_lossy().starts_with("lessons/lesson-");
        if lesson && !workbook.lessons.iter().any(|lesson| lesson.path() == folder) {
            folders.push(folder);
        }
    }
    folders.sort();
    folders.retain(|folder| workbook.root.join(folder).is_dir());
    folders.iter().map(|folder| Package::read(&workbook.root, folder)).collect()
}

/// The tests of everything that is no exercise.
pub(super) fn unit(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let mut command = cargo(&workbook.root);
    command.args(["test", "--workspace", "--no-fail-fast"]);
    for lesson in &workbook.lessons {
        command.args(["--exclude", lesson.package()]);
    }
    cargo_test(tally, "cargo test", &mut command)?;
    for package in unlisted(workbook)? {
        reference(tally, workbook, &package)?;
        for variant in package.variants() {
            // Nothing but these works with the model checker's types.
            let mut command = cargo(&workbook.root);
            command.args(["test", "--no-fail-fast", "--package", &package.name]);
            let features = format!("solution,{variant}");
            command.args(["--features", &features, "--test", &format!("*_{variant}")]);
            let what = format!("{}: the reference passes with {variant}", package.name);
            cargo_test(tally, &what, &mut command)?;
        }
    }
    Ok(())
}

/// The tests of a package with its reference; the server's mostly wait, so its soak runs beside the others.
fn reference(tally: &mut Tally, workbook: &Workbook, package: &Package) -> Result<(), Trouble> {
    let what = format!("{}: the reference passes", package.name);
    let features = package.with_solution();
    let tests = |arguments: &[&str]| {
        let mut command = cargo(&workbook.root);
        command.args(["test", "--no-fail-fast", "--package", &package.name]);
        command.args(["--features", features]).args(arguments);
        command
    };
    if package.name != SERVER {
        return cargo_test(tally, &what, &mut tests(&["--all-targets"]));
    }
    run(tally, "the server's tests are built", &mut tests(&["--all-targets", "--no-run"]))?;
    let mut soak = tests(&["--test", "soak", "--", "--show-output"]);
    let soak = thread::spawn(move || output(&mut soak));
    let rest = output(&mut tests(&["--all-targets", "--", "--show-output", "--skip", SOAK]));
    let soak = soak.join().expect("starting a program does not panic");
    count_tests(tally, &what, &rest?);
    count_tests(tally, &format!("{what} the soak"), &soak?);
    Ok(())
}

fn cargo_test(tally: &mut Tally, what: &str, command: &mut Command) -> Result<(), Trouble> {
    // Also what tests say that pass: a skipped one does.
    let output = output(command.args(["--", "--show-output"]))?;
    count_tests(tally, what, &output);
    Ok(())
}

fn output(command: &mut Command) -> io::Result<Output> {
    command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()
}

/// Adds what libtest's summaries say.
fn count_tests(tally: &mut Tally, what: &str, output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut failed = 0;
    let skipped = skipped(&text);
    for line in text.lines() {
        if let Some(result) = line.strip_prefix("test result: ") {
            tally.pass_many(count(result, " passed"));
            failed += count(result, " failed");
        }
    }
    tally.unpass_many(skipped.len());
    for (test, why) in &skipped {
        tally.skip(test, why);
    }
    if output.status.success() {
        tally.pass(what);
    } else {
        anstream::print!("{text}");
        tally.fail(what, &format!("{failed} tests failed ({})", output.status));
    }
}

/// The tests that say that they did nothing, and why.
fn skipped(text: &str) -> Vec<(String, String)> {
    let mut test = "";
    let mut skipped = Vec::new();
    for line in text.lines() {
        if let Some(name) =
            line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            test = name;
        } else if let Some(why) = line.strip_prefix(SKIPPED) {
            skipped.push((test.to_owned(), why.to_owned()));
        }
    }
    skipped
}

/// The number before `word` in libtest's summary.
fn count(result: &str, word: &str) -> usize {
    let number = result.split(word).next().unwrap_or_default().rsplit(' ').next();
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The static book; it fails on a missing include, a broken link or a warning.
pub(super) fn book(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let folder = workbook.root.join("target/workbook-test-book");
    let mut command = cargo(&workbook.root);
    command.args(["run", "--quiet", "--package", "book-server", "--", "build"]).arg(&folder);
    run(tally, "the book", command.arg("--root").arg(&workbook.root))
}
