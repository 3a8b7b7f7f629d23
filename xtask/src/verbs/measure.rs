//! `measure`: what the book shows, recorded again on this machine.

use std::path::PathBuf;
use std::time::Instant;

use anstream::println;

use super::test::Trouble;
use super::{Outcome, lab, name_of, trace as traced};
use crate::check::build::{Build, BuildError};
use crate::check::gate::{self, Bench, Sides};
use crate::check::report::{GateReport, GateVerdict};
use crate::check::rounds;
use crate::cli::MeasureArgs;
use crate::machine;
use crate::mistake::{self, Mistake, RejectedBy};
use crate::paint::{STRONG, paint};
use crate::scratch::Scratch;
use crate::starter;
use crate::status::{Audience, Status};
use crate::table::{Column, Recorded, Row, Table};
use crate::target;
use crate::trace;
use crate::workbook::{Exercise, Lesson, Trace, Workbook};
use crate::write;

/// How often each gate is run on each side.
const GATE_RUNS: usize = 20;

/// Records again: the labs' tables, the traces, the gates' rates, or all of them; of some lessons, or of all.
///
/// # Errors
///
/// A lab, a trace or a gate does not build or run, or a file cannot be written.
pub fn measure(workbook: &Workbook, arguments: &MeasureArgs) -> Outcome {
    let known = ["labs", "traces", "gates"];
    let (what, lessons): (Vec<_>, Vec<_>) =
        arguments.what.iter().partition(|word| known.contains(&word.as_str()));
    let lesson = |text: &String| {
        let named = target::lesson(workbook, text);
        named.map_err(|error| format!("{error}, and nothing to measure ({})", known.join(", ")))
    };
    let lessons = lessons.into_iter().map(lesson).collect::<Result<Vec<_>, _>>()?;
    let wanted = |name: &str| what.is_empty() || what.iter().any(|what| *what == name);
    let chosen = |lesson: &&Lesson| {
        lessons.is_empty() || lessons.iter().any(|it| it.number() == lesson.number())
    };
    for lesson in workbook.lessons.iter().filter(chosen) {
        if wanted("labs") {
            for lab in &lesson.labs {
                let recorded = lab::record(workbook, lesson, lab, &[], true)?;
                keep(workbook, lesson, lab.id(), &recorded)?;
            }
        }
        if wanted("traces") {
            for each in &lesson.traces {
                let recorded = traced::record(workbook, lesson, each, &[], true)?;
                keep_trace(workbook, lesson, each, &recorded)?;
            }
        }
        if wanted("gates") && lesson.exercises.iter().any(|exercise| exercise.gate.is_some()) {
            let recorded = gates(workbook, lesson)?;
            keep(workbook, lesson, "gates", &recorded)?;
        }
    }
    Ok(0)
}

fn keep(
    workbook: &Workbook,
    lesson: &Lesson,
    name: &str,
    recorded: &Recorded,
) -> Result<(), Trouble> {
    let path = PathBuf::from(format!("book/recorded/{}/{name}.json", lesson.name()));
    let mut text = serde_json::to_vec_pretty(recorded)?;
    text.push(b'\n');
    write::atomically(&workbook.root.join(&path), &text)?;
    println!("{}\n{}", paint(STRONG, path.display()), recorded.table.render());
    Ok(())
}

/// Where the book keeps a trace, from the workspace's root.
pub(super) fn trace_file(lesson: &Lesson, trace: &Trace) -> PathBuf {
    PathBuf::from(format!("book/traces/{}/{}.jsonl", lesson.name(), trace.id()))
}

fn keep_trace(
    workbook: &Workbook,
    lesson: &Lesson,
    trace: &Trace,
    recorded: &trace::Recorded,
) -> Result<(), Trouble> {
    let path = trace_file(lesson, trace);
    write::atomically(&workbook.root.join(&path), recorded.jsonl().as_bytes())?;
    println!("{}\n{}", paint(STRONG, path.display()), recorded.render());
    Ok(())
}

/// In whose place a gate is tried.
#[derive(Debug)]
pub enum Side {
    /// The naive version against itself.
    Naive,
    /// A wrong solution that passes every test and is too slow.
    Slow(Box<Mistake>),
    /// The reference in the learner's place.
    Reference,
}

impl Side {
    /// As it stands in the table.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Naive => "naive",
            Self::Slow(mistake) => &mistake.name,
            Self::Reference => "reference",
        }
    }
}

/// Everything that a gate is tried on.
///
/// # Errors
///
/// A wrong solution cannot be read, or there is none that the gate must reject.
pub fn sides(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
) -> Result<Vec<Side>, Trouble> {
    let slow = mistake::mistakes(&workbook.root, lesson, exercise)?
        .into_iter()
        .filter(|mistake| mistake.rejected_by == RejectedBy::Benchmark);
    let mut sides = vec![Side::Naive];
    sides.extend(slow.map(|mistake| Side::Slow(Box::new(mistake))));
    if sides.len() == 1 {
        let name = name_of(lesson, exercise);
        return Err(format!("{name} has a gate and no wrong solution that it rejects").into());
    }
    sides.push(Side::Reference);
    Ok(sides)
}

/// A gate that is ready to run on one side, built in the scratch copy.
#[derive(Debug)]
pub struct Gated<'a> {
    exercise: &'a Exercise,
    program: PathBuf,
    root: PathBuf,
    lesson: PathBuf,
    sides: Sides,
}

impl<'a> Gated<'a> {
    /// Builds the benchmark with that side in the learner's place.
    ///
    /// # Errors
    ///
    /// It cannot be laid out or built.
    pub fn new(
        workbook: &Workbook,
        lesson: &Lesson,
        exercise: &'a Exercise,
        side: &Side,
    ) -> Result<Self, Trouble> {
        let scratch = Scratch::new(workbook)?;
        let files = match side {
            Side::Naive | Side::Reference => starter::reference(&workbook.root, lesson, exercise)?,
            Side::Slow(mistake) => mistake.laid_over(&workbook.root, lesson, exercise)?,
        };
        scratch.lay(lesson, &files)?;
        let copy = scratch.workbook()?;
        let siblings = lesson.exercises.iter().filter(|each| each.id() != exercise.id());
        let mut features: Vec<_> = siblings.map(Exercise::reference_feature).collect();
        features.push("bench".to_owned());
        let id = exercise.id();
        let build =
            Build { root: &copy.root, lesson, kind: "bench", targets: &[id], features: &features };
        let mut programs =
            build.run(&Status::new(Audience::Nobody)).map_err(|error| match error {
                BuildError::Compile(error) => error.rendered,
                BuildError::Environment(why) => why,
            })?;
        let program = programs.remove(id).ok_or_else(|| format!("Cargo built no bench `{id}`"))?;
        let sides = match side {
            Side::Naive => ["naive", "naive", "reference"],
            Side::Slow(_) | Side::Reference => gate::SIDES,
        };
        Ok(Self { exercise, program, root: copy.root, lesson: lesson.path(), sides })
    }

    /// Runs the gate once.
    ///
    /// # Errors
    ///
    /// The benchmark fails.
    pub fn run(&self) -> Result<GateReport, Trouble> {
        let gate = self.exercise.gate.as_ref().ok_or("this exercise has no gate")?;
        let bench = Bench {
            program: &self.program,
            root: &self.root,
            lesson: self.lesson.clone(),
            id: self.exercise.id(),
            sides: self.sides,
        };
        Ok(bench.run(gate, &Status::new(Audience::Reader))?)
    }
}

/// Twenty runs of every gate on every side.
fn gates(workbook: &Workbook, lesson: &Lesson) -> Result<Recorded, Trouble> {
    let mut table = Table { columns: columns(), rows: Vec::new(), note: None };
    for exercise in lesson.exercises.iter().filter(|exercise| exercise.gate.is_some()) {
        for side in sides(workbook, lesson, exercise)? {
            let gated = Gated::new(workbook, lesson, exercise, &side)?;
            let mut reports = Vec::new();
            let mut seconds = Vec::new();
            for _ in 0..GATE_RUNS {
                let begin = Instant::now();
                reports.push(gated.run()?);
                seconds.push(begin.elapsed().as_secs_f64());
            }
            let row = row(exercise, &side, &reports, &seconds);
            println!("{}", Table { rows: vec![row.clone()], ..table.clone() }.render());
            table.rows.push(row);
        }
    }
    Ok(Recorded {
        command: "cargo xtask measure gates".to_owned(),
        machine: machine::here(),
        date: machine::today(),
        parameters: [("runs".to_owned(), GATE_RUNS as u64)].into(),
        table,
    })
}

fn columns() -> Vec<Column> {
    let column = |key: &str, title: &str, unit: &str, digits| Column {
        key: key.to_owned(),
        title: title.to_owned(),
        unit: unit.to_owned(),
        digits,
    };
    vec![
        column("passed", "passed", "", 0),
        column("failed", "failed", "", 0),
        column("inconclusive", "inconclusive", "", 0),
        column("score", "score", "", 2),
        column("lowest", "lowest", "", 2),
        column("highest", "highest", "", 2),
        column("gain", "reference's gain", "×", 1),
        column("seconds", "longest", "s", 1),
    ]
}

fn row(exercise: &Exercise, side: &Side, reports: &[GateReport], seconds: &[f64]) -> Row {
    let count = |verdict| reports.iter().filter(|report| report.verdict == verdict).count() as f64;
    let scores: Vec<f64> = reports.iter().map(|report| report.score).collect();
    let gains = reports.iter().map(|report| report.naive_ns / report.reference_ns).collect();
    let values = [
        ("passed", count(GateVerdict::Passed)),
        ("failed", count(GateVerdict::Failed)),
        ("inconclusive", count(GateVerdict::Inconclusive)),
        ("score", rounds::median(scores.clone())),
        ("lowest", scores.iter().copied().fold(f64::INFINITY, f64::min)),
        ("highest", scores.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        ("gain", rounds::median(gains)),
        ("seconds", seconds.iter().copied().fold(0.0, f64::max)),
    ];
    Row {
        key: format!("{}-{}", exercise.id(), side.name()),
        title: format!("{}: {}", exercise.id(), side.name()),
        values: values.into_iter().map(|(key, value)| (key.to_owned(), Some(value))).collect(),
    }
}
