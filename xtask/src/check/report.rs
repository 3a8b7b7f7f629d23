//! What a check found out: the types behind the screen, the cache and `--format json`.
//!
//! `xtask/check.schema.json` describes the JSON; a test holds the two together.

use serde::{Deserialize, Serialize};

use crate::workbook::Lesson;

/// The version of the JSON's format.
pub const SCHEMA: u32 = 1;

/// One run of `check`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// What was checked, as the reader may type it.
    pub target: String,
    /// Whether the references were judged instead of the reader's files.
    pub solution: bool,
    /// The worst of the exercises' verdicts.
    pub verdict: Verdict,
    /// The runner's exit status.
    pub exit_status: u8,
    /// One for each exercise, in the order of the course.
    pub exercises: Vec<ExerciseReport>,
}

/// What became of an exercise, and of the whole check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every test, and the gate where there is one.
    Passed,
    /// Every test, but the benchmark could not decide.
    Inconclusive,
    /// Something to fix.
    Failed,
    /// The machine, never the reader's fault.
    Environment,
}

impl Verdict {
    /// The runner's exit status; 2 is for usage.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Inconclusive => 3,
            Self::Environment => 4,
        }
    }
}

/// What a check found out about one exercise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExerciseReport {
    /// As the reader types it: `lesson-1/frame`.
    pub exercise: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Whether nothing has changed since an earlier check, whose report this is.
    pub cached: bool,
    /// The exercises of the lesson in whose place the reference stood.
    pub references: Vec<String>,
    /// Why nothing was built, or could be: a missing file, a missing tool.
    pub environment: Option<String>,
    /// The first error of the compiler.
    pub compile_error: Option<CompileError>,
    /// Every test, in the order of the file.
    pub tests: Vec<TestReport>,
    /// The benchmark, where there is one and every test passed.
    pub gate: Option<GateReport>,
    /// What to say when the failures look like a known mistake.
    pub advice: Option<Advice>,
}

/// The compiler's first error.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompileError {
    /// Relative to the root.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// In the compiler's own rendering, with its colours; programs get it without.
    pub rendered: String,
}

/// What became of one test.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TestReport {
    /// Its function's name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// How long its process ran.
    pub seconds: f64,
    /// What went wrong, in one or more lines.
    pub message: String,
    /// Where: `lessons/lesson-1-networking/tests/frame.rs:88:5`.
    pub location: Option<String>,
    /// The end of what it printed.
    pub output: String,
    /// Of a hung test: what each thread was doing.
    pub threads: Vec<String>,
}

/// The kinds of ending that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// The machine lacks something: named, not judged.
    Skipped,
    /// A `todo!` was reached.
    NotStarted,
    /// An assertion of the test failed.
    Wrong,
    /// A panic, a signal or an exit in the reader's code.
    Panicked,
    /// Still running at the time limit.
    Hung,
    /// The machine, never the reader's fault.
    Environment,
}

impl Outcome {
    /// Whether this stands in the way of a pass.
    #[must_use]
    pub fn failed(self) -> bool {
        !matches!(self, Self::Passed | Self::Skipped)
    }

    /// In words, for the screen.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::NotStarted => "not started",
            Self::Wrong => "wrong",
            Self::Panicked => "panicked in your code",
            Self::Hung => "hung",
            Self::Environment => "environment",
        }
    }
}

/// What the benchmark gate found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GateReport {
    /// What it decided.
    pub verdict: GateVerdict,
    /// Why it could not decide.
    pub reason: Option<String>,
    /// 0 is naive, 1 as good as the reference; the median over the rounds.
    pub score: f64,
    /// The score's interval, lower end.
    pub low: f64,
    /// The score's interval, upper end.
    pub high: f64,
    /// The score that passes.
    pub bar: f64,
    /// How many rounds were measured.
    pub rounds: usize,
    /// Nanoseconds for one iteration of the naive version; the median over the rounds.
    pub naive_ns: f64,
    /// The reader's.
    pub yours_ns: f64,
    /// The reference's.
    pub reference_ns: f64,
}

/// What a gate can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Above the bar.
    Passed,
    /// Below it.
    Failed,
    /// Too noisy to say.
    Inconclusive,
}

/// A known mistake that fails in the same way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Advice {
    /// The wrong solution's name.
    pub mistake: String,
    /// In a few words.
    pub title: String,
    /// What to think about.
    pub text: String,
}

impl Report {
    /// The report of checks of one lesson's exercises.
    #[must_use]
    pub fn of(lesson: &Lesson, exercises: Vec<ExerciseReport>, solution: bool) -> Self {
        let verdict = exercises.iter().map(|report| report.verdict).max();
        let verdict = verdict.unwrap_or(Verdict::Environment);
        let target = match exercises.as_slice() {
            [one] => one.exercise.clone(),
            _ => lesson.name(),
        };
        let exit_status = verdict.exit_status();
        Self { schema: SCHEMA, target, solution, verdict, exit_status, exercises }
    }

    /// For programs.
    #[must_use]
    pub fn without_colours(mut self) -> Self {
        for error in self.exercises.iter_mut().filter_map(|each| each.compile_error.as_mut()) {
            error.rendered = anstream::adapter::strip_str(&error.rendered).to_string();
        }
        self
    }
}

impl ExerciseReport {
    /// A report of an exercise about which nothing is known yet.
    #[must_use]
    pub fn new(exercise: String) -> Self {
        Self {
            exercise,
            verdict: Verdict::Environment,
            cached: false,
            references: Vec::new(),
            environment: None,
            compile_error: None,
            tests: Vec::new(),
            gate: None,
            advice: None,
        }
    }

    /// The names of the tests that stand in the way, sorted.
    #[must_use]
    pub fn failing(&self) -> Vec<String> {
        let failed = self.tests.iter().filter(|test| test.outcome.failed());
        let mut names: Vec<_> = failed.map(|test| test.name.clone()).collect();
        names.sort();
        names
    }

    /// As [`Self::failing`], and how each fails where that is not an assertion: `ends (hung)`. Two mistakes that fail the same
    /// tests may differ in that.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let failed = self.tests.iter().filter(|test| test.outcome.failed());
        let mut failures: Vec<_> = failed
            .map(|test| match test.outcome {
                Outcome::Hung => format!("{} (hung)", test.name),
                Outcome::Panicked => format!("{} (panicked)", test.name),
                _ => test.name.clone(),
            })
            .collect();
        failures.sort();
        failures
    }

    /// The verdict that the parts add up to.
    #[must_use]
    pub fn judge(&self) -> Verdict {
        if self.environment.is_some() {
            return Verdict::Environment;
        }
        let has = |outcome| self.tests.iter().any(|test| test.outcome == outcome);
        let fixable =
            [Outcome::NotStarted, Outcome::Wrong, Outcome::Panicked, Outcome::Hung].map(has);
        if self.compile_error.is_some() || fixable.contains(&true) {
            return Verdict::Failed;
        }
        // Tests that were all skipped prove nothing, and are nobody's fault.
        if has(Outcome::Environment) || !has(Outcome::Passed) {
            return Verdict::Environment;
        }
        match self.gate.as_ref().map(|gate| gate.verdict) {
            Some(GateVerdict::Failed) => Verdict::Failed,
            Some(GateVerdict::Inconclusive) => Verdict::Inconclusive,
            Some(GateVerdict::Passed) | None => Verdict::Passed,
        }
    }
}
