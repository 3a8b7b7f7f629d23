//! `test`: everything that a change to the workbook must not break.

mod browser;
mod cargo_steps;
mod console;
mod examples;
mod exercises;

use std::path::PathBuf;
use std::time::Instant;

use anstream::println;

use super::Outcome;
use crate::cli::TestArgs;
use crate::paint::{BAD, COMMAND, GOOD, STRONG, UNSURE, paint};
use crate::scratch::Scratch;
use crate::starter::SourceFile;
use crate::target;
use crate::verbs::starters::{self, Standing};
use crate::workbook::Workbook;

/// A step's name, what it is for, and the step.
type Step = (&'static str, &'static str, fn(&mut Tally, &Workbook) -> Result<(), Trouble>);

/// Why a step could not go on; it counts as one failure.
pub(crate) type Trouble = Box<dyn std::error::Error>;

const STEPS: [Step; 14] = [
    ("format", "the sources are formatted", cargo_steps::format),
    ("clippy", "no warnings, benches and references included", cargo_steps::clippy),
    ("unit", "the runner's, the book's and the witness's own tests", cargo_steps::unit),
    ("starters", "starters are current, compile without warnings, and fail", exercises::starters),
    ("references", "references pass every test", exercises::references),
    ("wrong", "wrong solutions are rejected by what they name", exercises::wrong),
    ("gates", "gates pass the reference and reject the slow", exercises::gates),
    ("labs", "every lab measures something", examples::labs),
    ("traces", "every trace goes the way that the book shows", examples::traces),
    ("rungs", "every rung's server answers", examples::rungs),
    ("console", "what the book shows of a terminal is what comes", console::consoles),
    ("book", "the book builds, and its links lead somewhere", cargo_steps::book),
    ("browser", "the live book works in a real browser", browser::browser),
    ("dashboard", "the page of the server works in a real browser", browser::dashboard),
];

/// What has passed and what has not.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
}

impl Tally {
    /// One thing that is as it should be.
    pub(crate) fn pass(&mut self, what: &str) {
        self.passed += 1;
        println!("  {} {what}", paint(GOOD, "✓"));
    }

    /// So many things that another program has counted.
    pub(crate) fn pass_many(&mut self, count: usize) {
        self.passed += count;
    }

    /// So many of them have done nothing.
    pub(crate) fn unpass_many(&mut self, count: usize) {
        self.passed -= count;
    }

    /// One thing that is not, and why.
    pub(crate) fn fail(&mut self, what: &str, why: &str) {
        println!("  {} {what}: {why}", paint(BAD, "✗"));
        self.failed.push(what.to_owned());
    }

    /// One thing that cannot be tried here, and how it could: a failure where CI runs.
    pub(crate) fn skip(&mut self, what: &str, how: &str) {
        if std::env::var_os("CI").is_some_and(|value| value == "true") {
            self.fail(what, &format!("skipped, which CI must not do ({how})"));
        } else {
            println!("  {} {what}: skipped ({how})", paint(UNSURE, "?"));
            self.skipped.push(what.to_owned());
        }
    }

    /// What another one has counted.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped.extend(other.skipped);
    }

    /// A verdict in either direction.
    pub(crate) fn judge(&mut self, what: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.pass(what),
            Err(why) => self.fail(what, &why),
        }
    }
}

/// Runs every step, or the named ones, and sums up.
///
/// # Errors
///
/// A step or a lesson of that name does not exist.
pub fn test(workbook: &Workbook, arguments: &TestArgs) -> Outcome {
    for name in &arguments.steps {
        if !STEPS.iter().any(|(known, ..)| known == name) {
            return Err(unknown(workbook, name).into());
        }
    }
    let mut narrowed = workbook.clone();
    if let Some(lesson) = &arguments.lesson {
        let wanted = target::lesson(workbook, lesson)?.name();
        narrowed.lessons.retain(|lesson| lesson.name() == wanted);
    }
    let workbook = &narrowed;
    let mut tally = Tally::default();
    for (name, purpose, step) in STEPS {
        if !arguments.steps.is_empty() && !arguments.steps.iter().any(|wanted| wanted == name) {
            continue;
        }
        println!("{}  {purpose}", paint(STRONG, name));
        let begin = Instant::now();
        if let Err(trouble) = step(&mut tally, workbook) {
            tally.fail(name, &trouble.to_string());
        }
        println!("  {:.0} s", begin.elapsed().as_secs_f64());
    }
    println!();
    for name in &tally.failed {
        println!("{} {name}", paint(BAD, "failed:"));
    }
    for name in &tally.skipped {
        println!("{} {name}", paint(UNSURE, "skipped:"));
    }
    // This line is read by programs, too.
    println!("{} passed, {} failed", tally.passed, tally.failed.len());
    Ok(u8::from(!tally.failed.is_empty()))
}

fn unknown(workbook: &Workbook, name: &str) -> String {
    if target::exercise(workbook, name).is_ok() {
        let command = paint(COMMAND, format!("cargo xtask check {name}"));
        return format!("`test` tests the workbook itself; did you mean {command}?");
    }
    let names: Vec<_> = STEPS.iter().map(|(name, ..)| *name).collect();
    format!("there is no step `{name}` (there are: {})", names.join(", "))
}

/// A scratch copy that holds every starter as derived now, whatever the tree holds.
pub(crate) fn scratch_with_starters(workbook: &Workbook) -> Result<Scratch, Trouble> {
    let scratch = Scratch::new(workbook)?;
    for (lesson, exercise) in workbook.exercises() {
        let derived = crate::starter::derive(&workbook.root, lesson, exercise)?;
        scratch.lay(lesson, &derived)?;
    }
    Ok(scratch)
}

/// Where formatting and warnings are judged: in the tree, or, when it holds a learner's work, in a copy with the starters.
pub(crate) fn judged(workbook: &Workbook) -> Result<PathBuf, Trouble> {
    for (lesson, exercise) in workbook.exercises() {
        let derived = crate::starter::derive(&workbook.root, lesson, exercise)?;
        if is_learners(workbook, (lesson, exercise), &derived)? {
            println!("  (your files are left alone: a copy with the starters is judged)");
            return Ok(scratch_with_starters(workbook)?.root().to_owned());
        }
    }
    Ok(workbook.root.clone())
}

/// Whether a starter in the tree is somebody's work: never where CI runs.
pub(crate) fn is_learners(
    workbook: &Workbook,
    (lesson, exercise): (&crate::workbook::Lesson, &crate::workbook::Exercise),
    derived: &[SourceFile],
) -> Result<bool, Trouble> {
    let standing = starters::standing(workbook, lesson, exercise, derived)?;
    Ok(standing == Standing::Edited && std::env::var_os("CI").is_none())
}
