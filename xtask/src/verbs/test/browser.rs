//! The steps that drive pages in a real browser, Chromium by `playwright-core`: the live book, on a copy of the course, and
//! the server's own page.

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

/// Those of the server's page.
const SERVER_TESTS: &str = "final-project/tests/browser";

/// Every test file, one after the other, each with a copy of the course of its own.
pub(super) fn browser(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let Some(tools) = Tools::find(tally, "the live book in a browser") else { return Ok(()) };
    let folder = tools.install(workbook)?;
    let server = built(workbook, &["--package", "book-server"])?;
    // By another process, and not where Cargo may put another one meanwhile.
    let runner = folder.join("runner");
    let this = format!("/proc/{}/exe", std::process::id());
    let copied = Command::new("cp").args(["-f", &this]).arg(&runner).status()?;
    if !copied.success() {
        return Err("the runner cannot be copied".into());
    }
    let book = folder.join("book");
    let mut build = Command::new(&server);
    build.arg("build").arg(&book).arg("--root").arg(&workbook.root).stdout(Stdio::null());
    if !build.status()?.success() {
        return Err("the book does not build".into());
    }
    for file in tests(&workbook.root.join(TESTS), &folder)? {
        let scratch = scratch_with_starters(workbook)?;
        let mut node = tools.node(&file);
        node.env("WORKBOOK_ROOT", scratch.root()).env("WORKBOOK_SERVER", &server);
        node.env("WORKBOOK_RUNNER", &runner).env("WORKBOOK_BOOK", &book);
        run(tally, &file, node)?;
    }
    Ok(())
}

/// The page that the server has of itself.
pub(super) fn dashboard(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let source = workbook.root.join(SERVER_TESTS);
    if !source.is_dir() {
        return Ok(());
    }
    let Some(tools) = Tools::find(tally, "the server's page in a browser") else { return Ok(()) };
    let folder = tools.install(workbook)?;
    let package = ["--package", "final-project", "--features", "solution"];
    let server = built(workbook, &package)?;
    for file in files_below(&source)? {
        fs::copy(&file, folder.join(file.file_name().expect("a file has a name")))?;
    }
    for file in tests(&source, &folder)? {
        let mut node = tools.node(&file);
        node.env("API_SERVER", &server);
        run(tally, &file, node)?;
    }
    Ok(())
}

/// What a test in a browser needs.
struct Tools {
    chromium: PathBuf,
    npm: PathBuf,
}

impl Tools {
    /// Where they are; if they are nowhere, `what` is skipped.
    fn find(tally: &mut Tally, what: &str) -> Option<Self> {
        let chromium = CHROMIUM.iter().find_map(|name| found(name));
        let found = chromium.zip(found("npm"));
        if found.is_none() {
            tally.skip(what, "apt install chromium nodejs npm");
        }
        found.map(|(chromium, npm)| Self { chromium, npm })
    }

    /// The folder in which tests lie beside the packages that they use.
    fn install(&self, workbook: &Workbook) -> Result<PathBuf, Trouble> {
        let folder = workbook.root.join("target/workbook-browser");
        install(&workbook.root.join(TESTS), &folder, &self.npm)?;
        Ok(folder)
    }

    fn node(&self, file: &Path) -> Command {
        let mut node = Command::new("node");
        node.args(["--test", "--test-reporter=tap", "--test-timeout=300000"]).arg(file);
        node.current_dir(file.parent().expect("a folder")).stdin(Stdio::null());
        node.stderr(Stdio::inherit()).env("WORKBOOK_CHROMIUM", &self.chromium);
        // The tests of a learner's walk are no learners: nothing that CI sets concerns them.
        node.env_remove("CI");
        node
    }
}

/// By the names of the sources: a test that is gone may still lie among the copies.
fn tests(sources: &Path, copies: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let mut sources = files_below(sources)?;
    sources.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    let names = sources.iter().filter_map(|file| file.file_name());
    Ok(names.map(|name| copies.join(name)).collect())
}

fn run(tally: &mut Tally, file: &Path, mut node: Command) -> Result<(), Trouble> {
    let output = node.output()?;
    count(tally, file, &String::from_utf8_lossy(&output.stdout), output.status.success());
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

/// The program of a package, built.
fn built(workbook: &Workbook, package: &[&str]) -> Result<PathBuf, Trouble> {
    let mut command = cargo(&workbook.root);
    command.args(["build", "--quiet", "--bins", "--message-format=json"]).args(package);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let messages =
        text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs =
        messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs
        .next_back()
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("{package:?} does not build").into())
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
