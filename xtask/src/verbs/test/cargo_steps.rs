//! The steps in which Cargo does the work.

use std::fs;
use std::io;
use std::process::{Command, Stdio};

use super::{Tally, Trouble, judged};
use crate::check::build::cargo;
use crate::workbook::{Lesson, Workbook};

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
    let listed = workbook.lessons.iter().map(Lesson::package).map(str::to_owned);
    for package in listed.chain(unlisted(workbook)?) {
        let loom = has_loom(workbook, &package)?.then_some("solution,loom");
        for features in ["bench", "solution,bench"].into_iter().chain(loom) {
            let mut command = cargo(&root);
            command.args(["clippy", "--quiet", "--all-targets", "--package", &package]);
            command.args(["--features", features, "--", "-D", "warnings"]);
            run(tally, &format!("clippy: {package} with {features}"), &mut command)?;
        }
    }
    Ok(())
}

/// Packages of lessons that the table of contents does not have yet: references and tests, without chapters.
fn unlisted(workbook: &Workbook) -> io::Result<Vec<String>> {
    let mut packages = Vec::new();
    for entry in fs::read_dir(workbook.root.join("lessons"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let listed = workbook.lessons.iter().any(|lesson| lesson.package() == name);
        if name.starts_with("lesson-") && !listed {
            packages.push(name);
        }
    }
    packages.sort();
    Ok(packages)
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
        let mut command = cargo(&workbook.root);
        command.args(["test", "--all-targets", "--no-fail-fast", "--package", &package]);
        command.args(["--features", "solution,bench"]);
        cargo_test(
            tally,
            &format!("{package}: the references pass, the benches run"),
            &mut command,
        )?;
        if has_loom(workbook, &package)? {
            let mut command = cargo(&workbook.root);
            command.args(["test", "--no-fail-fast", "--package", &package]);
            command.args(["--features", "solution,loom", "--test", "*_loom"]);
            cargo_test(tally, &format!("{package}: the references pass loom"), &mut command)?;
        }
    }
    Ok(())
}

/// Whether a lesson's package has the feature `loom`: then its tests named `…_loom` are for the model checker, and
/// nothing else works with it.
fn has_loom(workbook: &Workbook, package: &str) -> Result<bool, Trouble> {
    let path = workbook.root.join("lessons").join(package).join("Cargo.toml");
    let manifest: toml::Table = toml::from_str(&fs::read_to_string(path)?)?;
    Ok(manifest.get("features").is_some_and(|features| features.get("loom").is_some()))
}

fn cargo_test(tally: &mut Tally, what: &str, command: &mut Command) -> Result<(), Trouble> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut failed = 0;
    for line in text.lines() {
        if let Some(result) = line.strip_prefix("test result: ") {
            tally.pass_many(count(result, " passed"));
            failed += count(result, " failed");
        }
    }
    if output.status.success() {
        tally.pass(what);
    } else {
        anstream::print!("{text}");
        tally.fail(what, &format!("{failed} tests failed ({})", output.status));
    }
    Ok(())
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
