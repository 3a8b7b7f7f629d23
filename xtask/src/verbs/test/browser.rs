//! The step that drives the live book in a real browser: Chromium by `playwright-core`, on a copy of the course.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Tally, Trouble, scratch_with_starters};
use crate::check::build::cargo;
use crate::digest::files_below;
use crate::workbook::Workbook;

/// Where the tests are.
const TESTS: &str = "xtask/book-server/tests/browser";

/// Chromium's names.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Every test file, one after the other, each with a copy of the course of its own.
pub(super) fn browser(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let Some((chromium, npm)) = CHROMIUM.iter().find_map(|name| found(name)).zip(found("npm"))
    else {
        tally.skip("the live book in a browser", "apt install chromium nodejs npm");
        return Ok(());
    };
    let folder = workbook.root.join("target/workbook-browser");
    install(&workbook.root.join(TESTS), &folder, &npm)?;
    let server = server(workbook)?;
    // By another process, and not where Cargo may put another one meanwhile.
    let runner = folder.join("runner");
    let this = format!("/proc/{}/exe", std::process::id());
    let copied = Command::new("cp").args(["-f", &this]).arg(&runner).status()?;
    if !copied.success() {
        return Err("the runner cannot be copied".into());
    }
    // By the names of the sources: a test that is gone may still lie among the copies.
    let mut sources = files_below(&workbook.root.join(TESTS))?;
    sources.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    for source in sources {
        let file = folder.join(source.file_name().expect("a file has a name"));
        let scratch = scratch_with_starters(workbook)?;
        let book = folder.join("book");
        let mut build = Command::new(&server);
        build.arg("build").arg(&book).arg("--root").arg(scratch.root()).stdout(Stdio::null());
        if !build.status()?.success() {
            return Err("the book does not build".into());
        }
        let mut node = Command::new("node");
        node.args(["--test", "--test-reporter=tap", "--test-timeout=300000"]).arg(&file);
        node.current_dir(&folder).stdin(Stdio::null()).stderr(Stdio::inherit());
        node.env("WORKBOOK_ROOT", scratch.root()).env("WORKBOOK_SERVER", &server);
        node.env("WORKBOOK_RUNNER", &runner).env("WORKBOOK_CHROMIUM", &chromium);
        node.env("WORKBOOK_BOOK", &book);
        // The tests of a learner's walk are no learners: nothing that CI sets concerns them.
        node.env_remove("CI");
        let output = node.output()?;
        count(tally, &file, &String::from_utf8_lossy(&output.stdout), output.status.success());
    }
    Ok(())
}

/// A program of that name in the `PATH`.
fn found(name: &str) -> Option<PathBuf> {
    let path: OsString = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Copies the tests beside the packages that they use, and installs those when their list has changed.
fn install(tests: &Path, folder: &Path, npm: &Path) -> Result<(), Trouble> {
    let lock = fs::read(tests.join("package-lock.json"))?;
    let current = fs::read(folder.join("package-lock.json")).is_ok_and(|present| present == lock)
        && folder.join("node_modules/.package-lock.json").is_file();
    fs::create_dir_all(folder)?;
    for file in files_below(tests)? {
        let name = file.file_name().unwrap_or_default();
        if current || name != "package-lock.json" {
            fs::copy(&file, folder.join(name))?;
        }
    }
    if current {
        return Ok(());
    }
    fs::write(folder.join("package-lock.json"), &lock)?;
    let mut command = Command::new(npm);
    command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    let status = command.current_dir(folder).stdin(Stdio::null()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err("`npm ci` failed (it needs the network once)".into())
    }
}

/// The book's server, built.
fn server(workbook: &Workbook) -> Result<PathBuf, Trouble> {
    let mut command = cargo(&workbook.root);
    command.args(["build", "--quiet", "--package", "book-server", "--message-format=json"]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let messages =
        text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs =
        messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs
        .next_back()
        .filter(|_| output.status.success())
        .ok_or_else(|| "book-server does not build".into())
}

/// Reads node's summary; a file that says nothing has failed.
fn count(tally: &mut Tally, file: &Path, tap: &str, success: bool) {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    for line in tap.lines() {
        let line = line.trim_start();
        if let Some(test) = line.strip_prefix("ok ") {
            tally.pass(&format!("{name}: {}", without_number(test)));
        } else if let Some(test) = line.strip_prefix("not ok ") {
            tally.fail(&format!("{name}: {}", without_number(test)), "see below");
        }
    }
    if !success {
        anstream::println!("{tap}");
        if !tap.contains("not ok ") {
            tally.fail(&name, "it says nothing of its tests");
        }
    }
}

fn without_number(test: &str) -> &str {
    test.split_once(" - ").map_or(test, |(_, name)| name)
}
