//! The steps in which Cargo does the work.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{fs, io, thread};

use super::{Tally, Trouble, judged};
use crate::check::build::cargo;
use crate::check::failure::SKIPPED;
use crate::workbook::Workbook;

/// The folder and the package of the server.
const SERVER: &str = "final-project";

/// Its tests that take minutes in CI.
const SOAK: &str = "soak";

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
    let packages = switched(workbook)?;
    let lint = |tally: &mut Tally, what: &str, select: &[&str], features: &str| {
        let mut command = cargo(&root);
        command.args(["clippy", "--quiet", "--all-targets"]).args(select);
        command.args(["--features", features, "--", "-D", "warnings"]);
        run(tally, &format!("clippy: {what}"), &mut command)
    };
    let starters = features(&packages, |package| package.bench());
    lint(tally, "the starters", &["--workspace"], &starters)?;
    let references = features(&packages, Package::with_solution);
    lint(tally, "the references", &["--workspace"], &references)?;
    for variant in VARIANTS {
        let mut packages = packages.clone();
        packages.retain(|package| package.has(variant));
        let select: Vec<_> =
            packages.iter().flat_map(|package| ["--package", &package.name]).collect();
        let features = features(&packages, |_| vec!["solution", variant]);
        lint(tally, &format!("the references with {variant}"), &select, &features)?;
    }
    Ok(())
}

/// `package/feature`, for all of them. A command about the whole workspace builds what the packages have in common once;
/// with a package alone, it may come with other features, and is built once more.
fn features<'a>(packages: &'a [Package], of: impl Fn(&'a Package) -> Vec<&'static str>) -> String {
    let each = packages.iter().flat_map(|package| {
        of(package).into_iter().map(|feature| format!("{}/{feature}", package.name))
    });
    each.collect::<Vec<_>>().join(",")
}

/// Features with which references are built once more, for the tests that end with their names.
const VARIANTS: [&str; 2] = ["loom", "otel"];

/// A package with a switch: without the feature `solution` it is the learner's.
#[derive(Clone)]
struct Package {
    name: String,
    /// A lesson that the table of contents has.
    listed: bool,
    features: toml::Table,
}

impl Package {
    fn has(&self, feature: &str) -> bool {
        self.features.contains_key(feature)
    }

    fn bench(&self) -> Vec<&'static str> {
        if self.has("bench") { vec!["bench"] } else { vec![] }
    }

    fn with_solution(&self) -> Vec<&'static str> {
        [vec!["solution"], self.bench()].concat()
    }
}

/// The lessons and the server.
fn switched(workbook: &Workbook) -> Result<Vec<Package>, Trouble> {
    let mut folders = vec![PathBuf::from(SERVER)];
    for entry in fs::read_dir(workbook.root.join("lessons"))? {
        let name = entry?.file_name();
        if name.to_string_lossy().starts_with("lesson-") {
            folders.push(Path::new("lessons").join(name));
        }
    }
    folders.sort();
    folders.retain(|folder| workbook.root.join(folder).is_dir());
    let package = |folder: &PathBuf| {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let manifest = fs::read_to_string(workbook.root.join(folder).join("Cargo.toml"))?;
        let manifest: toml::Table = toml::from_str(&manifest)?;
        let features = manifest.get("features").and_then(|features| features.as_table());
        let listed = workbook.lessons.iter().any(|lesson| lesson.path() == *folder);
        Ok(Package { name, listed, features: features.cloned().unwrap_or_default() })
    };
    folders.iter().map(package).collect()
}

/// The tests of everything but the lessons that the table of contents has. Those of the server mostly wait: for time limits,
/// for processes, for one another. So they run beside all others, which compute.
pub(super) fn unit(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let mut packages = switched(workbook)?;
    let listed = packages.iter().filter(|package| package.listed);
    let excluded: Vec<_> =
        listed.flat_map(|package| ["--exclude".to_owned(), package.name.clone()]).collect();
    let with_variants = packages.clone();
    packages.retain(|package| !package.listed);
    let features = features(&packages, Package::with_solution);
    // Each about the whole workspace, so that nothing is built once more with other features.
    let tests = |arguments: &[&str]| {
        let mut command = cargo(&workbook.root);
        command.args(["test", "--workspace", "--no-fail-fast"]).args(&excluded);
        command.args(["--features", &features]).args(arguments);
        command
    };
    let mut lanes = vec![("unit tests".to_owned(), vec!["--lib".to_owned(), "--bins".to_owned()])];
    lanes.extend(lanes_of(workbook, &excluded)?);
    for (what, select) in &lanes {
        // As it is run below: with others beside it, a test program may be another one for Cargo.
        let mut build = tests(&["--no-run", "--quiet"]);
        run(tally, &format!("{what}: built"), build.args(select))?;
    }
    let start = |(what, select): (String, Vec<String>)| {
        let mut lane = tests(&[]);
        lane.args(select).args(["--", "--show-output"]);
        (what, thread::spawn(move || output(&mut lane)))
    };
    let lanes: Vec<_> = lanes.into_iter().map(start).collect();
    for (what, lane) in lanes {
        let output = lane.join().expect("starting a program does not panic")?;
        count_tests(tally, &what, &output);
    }
    cargo_test(tally, "examples in the documentation", &mut tests(&["--doc"]))?;
    for package in with_variants {
        for variant in VARIANTS.into_iter().filter(|variant| package.has(variant)) {
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

/// How to select all test programs, in lanes that run side by side: the server's soak, its other tests in two, and the rest.
fn lanes_of(
    workbook: &Workbook,
    excluded: &[String],
) -> Result<Vec<(String, Vec<String>)>, Trouble> {
    let mut command = cargo(&workbook.root);
    let metadata = output(command.args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout)?;
    let (mut server, mut rest) = (Vec::new(), Vec::new());
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let package_name = package["name"].as_str().unwrap_or_default();
        if excluded.iter().any(|name| name == package_name) {
            continue;
        }
        let lane = if package_name == SERVER { &mut server } else { &mut rest };
        let targets = package["targets"].as_array().into_iter().flatten();
        let tests = targets.filter(|target| target["kind"][0] == "test");
        lane.extend(tests.filter_map(|target| target["name"].as_str().map(str::to_owned)));
    }
    for lane in [&mut server, &mut rest] {
        lane.sort();
        lane.dedup();
        lane.retain(|name| !VARIANTS.iter().any(|variant| name.ends_with(variant)));
    }
    server.retain(|name| name != SOAK);
    rest.retain(|name| !server.contains(name) && name != SOAK);
    let side = |side| server.iter().skip(side).step_by(2).cloned().collect();
    let lanes: [(&str, Vec<String>); 4] = [
        ("the server's soak", vec![SOAK.to_owned()]),
        ("the server's tests", side(0)),
        ("the server's other tests", side(1)),
        ("cargo test", rest),
    ];
    let select = |names: Vec<String>| {
        names.into_iter().flat_map(|name| ["--test".to_owned(), name]).collect()
    };
    Ok(lanes.map(|(what, names)| (what.to_owned(), select(names))).into())
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
