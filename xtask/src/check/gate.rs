//! The benchmark gate: naive, the learner's and the reference, timed by criterion in short rounds.
//!
//! Each implementation is one benchmark, `ID/naive`, `ID/yours` and `ID/reference`, run in a process of its own; who
//! goes first changes from round to round. criterion's `sample.json` is read as version 0.8.2 writes it.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fmt, fs};

use serde::Deserialize;

use super::report::{GateReport, GateVerdict, TestReport};
use super::rounds::{self, GAIN_MIN, Round};
use super::runs::time_max;
use super::sandbox::{self, Job};
use super::{autopsy, failure};
use crate::status::Status;
use crate::table::Recorded;
use crate::workbook::{Exercise, Gate, Lesson};

/// A gate that has not decided by then gives up; so does one benchmark's process, which takes a fifth of a second.
const TIME_MAX: Duration = Duration::from_secs(10);

/// criterion's arguments: 50 ms to warm up, ten samples in 100 ms, and no analysis that we do not read.
const CRITERION: [&str; 9] = [
    "--bench",
    "--exact",
    "--noplot",
    "--warm-up-time=0.05",
    "--measurement-time=0.1",
    "--sample-size=10",
    "--nresamples=1001",
    "--quiet",
    "--color=never",
];

/// Who is timed, in the order of [`Round`].
pub type Sides = [&'static str; 3];

/// Who is timed, unless the gate itself is tested.
pub const SIDES: Sides = ["naive", "yours", "reference"];

/// Why a gate has no verdict.
#[derive(Debug)]
pub enum GateError {
    /// The learner's code failed where it is timed.
    Yours(Box<TestReport>),
    /// A benchmark that cannot be run or read.
    Bench(String),
}

impl fmt::Display for GateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yours(test) => write!(f, "{}: {}", test.name, test.message),
            Self::Bench(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for GateError {}

/// A benchmark program and where its lesson is.
#[derive(Debug)]
pub struct Bench<'a> {
    /// The program that `cargo bench --no-run` built.
    pub program: &'a Path,
    /// The workspace.
    pub root: &'a Path,
    /// The lesson's folder, relative to the root.
    pub lesson: PathBuf,
    /// The exercise's id, which is the name of criterion's group.
    pub id: &'a str,
    /// Who is timed.
    pub sides: Sides,
}

impl Bench<'_> {
    /// Runs rounds until the verdict is clear or the time is up.
    ///
    /// # Errors
    ///
    /// A benchmark failed: its assertion, a crash, or output that cannot be read.
    pub fn run(&self, gate: &Gate, status: &Status) -> Result<GateReport, GateError> {
        let scratch = Scratch::new(self.program).map_err(GateError::Bench)?;
        let bar = *gate.bar.get_ref();
        let begin = Instant::now();
        let mut measured = Vec::new();
        let verdict = loop {
            status.show(&format!("benchmark {}, round {}", self.id, measured.len() + 1));
            measured.push(self.round(measured.len(), &scratch)?);
            if let Some(verdict) = rounds::verdict(&measured, bar) {
                break verdict;
            }
            // One more would end after the limit.
            let next_end = begin.elapsed().mul_f64(1.0 + 1.0 / measured.len() as f64);
            if measured.len() >= rounds::ROUNDS_MIN && next_end > time_max(TIME_MAX) {
                break GateVerdict::Inconclusive;
            }
        };
        Ok(report(&measured, bar, verdict))
    }

    /// Times each side once; who begins depends on the round's number.
    fn round(&self, number: usize, scratch: &Scratch) -> Result<Round, GateError> {
        let mut times = [0.0; 3];
        for turn in 0..self.sides.len() {
            let side = (number + turn) % self.sides.len();
            times[side] = self.time(self.sides[side], scratch)?;
        }
        let [naive, yours, reference] = times;
        Ok(Round { naive, yours, reference })
    }

    /// Nanoseconds for one iteration of a benchmark: the median of its samples.
    fn time(&self, side: &str, scratch: &Scratch) -> Result<f64, GateError> {
        let name = format!("{}/{side}", self.id);
        let mut arguments = vec![name.as_str()];
        arguments.extend(CRITERION);
        let limit = time_max(TIME_MAX);
        let job = Job {
            program: self.program,
            arguments: &arguments,
            folder: &self.root.join(&self.lesson),
            environment: &[("CRITERION_HOME", scratch.folder.as_os_str())],
            time_max: limit,
        };
        let ended = sandbox::run(&job, autopsy::of)
            .map_err(|error| GateError::Bench(format!("cannot start the benchmark: {error}")))?;
        if ended.status.is_some_and(|status| status.success()) {
            return scratch.take(&name).map_err(GateError::Bench);
        }
        let name = format!("benchmark {name}");
        let test = failure::report(&name, &ended, limit, &self.lesson);
        if side == SIDES[1] {
            return Err(GateError::Yours(Box::new(test)));
        }
        Err(GateError::Bench(format!("{name} failed: {}", test.message)))
    }
}

fn report(measured: &[Round], bar: f64, verdict: GateVerdict) -> GateReport {
    let median = |side: fn(&Round) -> f64| rounds::median(measured.iter().map(side).collect());
    let score = rounds::score(measured);
    let gain = rounds::gain(measured);
    let (verdict, reason) = if gain < GAIN_MIN {
        let reason =
            format!("the reference is only {gain:.2} times as fast as the naive version here");
        (GateVerdict::Inconclusive, Some(reason))
    } else if verdict == GateVerdict::Inconclusive {
        let rounds = measured.len();
        let reason = format!(
            "after {rounds} rounds the score may lie on either side of the bar: this machine is too noisy now"
        );
        (verdict, Some(reason))
    } else {
        (verdict, None)
    };
    GateReport {
        verdict,
        reason,
        score: finite(score.median),
        low: finite(score.low),
        high: finite(score.high),
        bar,
        rounds: measured.len(),
        naive_ns: median(|round| round.naive),
        yours_ns: median(|round| round.yours),
        reference_ns: median(|round| round.reference),
    }
}

/// A share of no gain at all is no number, and JSON has none but numbers.
fn finite(score: f64) -> f64 {
    if score.is_finite() { score } else { 0.0 }
}

/// How a scratch folder's name begins, before the runner's process id.
const SCRATCH: &str = "workbook-gate-";

/// Removes the scratch folders that killed runners have left beside this one.
fn remove_those_of_the_dead(folder: &Path) {
    let entries = folder.parent().and_then(|parent| fs::read_dir(parent).ok());
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name();
        let runner = name.to_str().and_then(|name| name.strip_prefix(SCRATCH));
        if runner.is_some_and(|runner| !Path::new("/proc").join(runner).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Where criterion writes; gone when the gate is done.
struct Scratch {
    folder: PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

impl Scratch {
    fn new(bench: &Path) -> Result<Self, String> {
        let folder = bench.with_file_name(format!("{SCRATCH}{}", std::process::id()));
        remove_those_of_the_dead(&folder);
        fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;
        Ok(Self { folder })
    }

    /// The median of a benchmark's samples, which are then deleted: criterion would compare the next with them.
    fn take(&self, name: &str) -> Result<f64, String> {
        let folder = self.folder_of(name).ok_or_else(|| {
            format!("benchmark `{name}` left no result (is it registered under that name?)")
        })?;
        let sample: Sample = read(&folder.join("sample.json"))?;
        let times =
            sample.times.iter().zip(&sample.iters).map(|(time, iterations)| time / iterations);
        let median = rounds::median(times.collect());
        let emptied = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for entry in emptied {
            let _ = fs::remove_dir_all(entry.path());
        }
        if median > 0.0 && median.is_finite() {
            Ok(median)
        } else {
            Err(format!("benchmark `{name}` took no time at all"))
        }
    }

    /// criterion changes what a file name cannot hold, so the folder is found by the name inside.
    fn folder_of(&self, name: &str) -> Option<PathBuf> {
        let files = crate::digest::files_below(&self.folder).ok()?;
        files
            .into_iter()
            .filter(|path| path.ends_with("new/benchmark.json"))
            .find(|path| read::<Benchmark>(path).is_ok_and(|benchmark| benchmark.full_id == name))
            .map(|path| path.with_file_name(""))
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text =
        fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    serde_json::from_slice(&text)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

/// The scores that a slow wrong solution had when the gates were recorded, and a little around them; nothing when the
/// naive version's score is among them: whoever has changed nothing has not made that mistake.
#[must_use]
pub fn recorded_scores(
    root: &Path,
    lesson: &Lesson,
    exercise: &Exercise,
    mistake: &str,
) -> Option<RangeInclusive<f64>> {
    let path = root.join(format!("book/recorded/{}/gates.json", lesson.name()));
    let recorded: Recorded = read(&path).ok()?;
    let row = format!("{}-{mistake}", exercise.id());
    let score = |column| recorded.table.value(&row, column);
    Some(score("lowest")? - 0.1..=score("highest")? + 0.1).filter(|scores| !scores.contains(&0.0))
}
