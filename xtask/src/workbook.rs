//! `lessons/workbook.toml`: the table of contents, read and checked.
//!
//! The runner and the book know no lesson by name; whatever they may run, they read here.

mod rules;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

/// The whole course.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workbook {
    /// The lessons that exist, in order.
    #[serde(rename = "lesson", default)]
    pub lessons: Vec<Lesson>,
    /// The lessons that the book only announces.
    #[serde(default)]
    pub coming: Vec<Coming>,
    /// The directory that holds `lessons/`, `solutions/` and `book/`.
    #[serde(skip)]
    pub root: PathBuf,
}

/// One lesson: a package below `lessons/`, its reference below `solutions/`, its chapters below
/// `book/src/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// What the reader types: 1 for `lesson-1`.
    pub number: Spanned<u32>,
    /// The folder below `lessons/` and below `solutions/`; also the lesson's package name.
    pub directory: Spanned<String>,
    /// As it stands in the book.
    pub title: String,
    /// The question that the lesson answers.
    pub question: String,
    /// The server that `serve` runs: the lesson's rung of the ladder.
    pub rung: Option<Rung>,
    /// What the machine must have.
    #[serde(default)]
    pub needs: Needs,
    /// What the learner writes, in order.
    #[serde(rename = "exercise", default)]
    pub exercises: Vec<Exercise>,
    /// Numbers that the chapters ask for before they show them.
    #[serde(rename = "prediction", default)]
    pub predictions: Vec<Prediction>,
    /// Experiments that run on the reader's machine.
    #[serde(rename = "lab", default)]
    pub labs: Vec<Lab>,
    /// Programs that say what happens, event by event; the book draws it.
    #[serde(rename = "trace", default)]
    pub traces: Vec<Trace>,
}

/// The server that a lesson built: the example `serve-lesson-N` of its package.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// What it can do, in a few words.
    pub about: String,
    /// The exercises that it is made of.
    pub uses: Vec<Spanned<String>>,
}

/// What a lesson needs of the machine; `doctor` compares.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Needs {
    /// Processors.
    pub cores: usize,
    /// `ulimit -n`.
    pub open_files: u64,
    /// Free space below the workspace, for build products.
    pub disk_mib: u64,
}

impl Default for Needs {
    fn default() -> Self {
        Self { cores: 1, open_files: 256, disk_mib: 1024 }
    }
}

/// How an exercise is meant to be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Runs, and has one bug.
    WarmUp,
    /// Bodies are missing.
    FillIn,
    /// Write a number down, then measure it.
    Predict,
    /// Write the test that rejects every wrong implementation.
    BreakIt,
    /// Correct but slow.
    Speed,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::WarmUp => "warm-up",
            Self::FillIn => "fill-in",
            Self::Predict => "predict",
            Self::BreakIt => "break-it",
            Self::Speed => "speed",
        })
    }
}

/// One exercise: a file to write, a test file that judges it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// What the reader types behind the slash; names the file, the tests, the bench and the
    /// chapter.
    pub id: Spanned<String>,
    /// How it is meant to be worked on.
    pub kind: Kind,
    /// As it stands in lists.
    pub title: String,
    /// How long it takes somebody who has read the chapter.
    pub minutes: u32,
    /// From a nudge to nearly the answer.
    pub hints: Vec<String>,
    /// The benchmark that must be passed too.
    pub gate: Option<Gate>,
    /// Whether its tests are followed by models, `tests/ID_loom.rs`, which the feature `loom` switches on.
    #[serde(default)]
    pub loom: bool,
    /// The number to write down before it is measured.
    pub predict: Option<Predict>,
}

/// A benchmark gate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What is timed, in a few words.
    pub about: String,
    /// What to think about when it is too slow, and no known mistake explains it.
    pub advice: String,
    /// The share of the reference's gain over the naive version that passes: 0 is naive, 1 the
    /// reference.
    pub bar: Spanned<f64>,
}

/// A number that the reader predicts and a lab then measures with the reader's own code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predict {
    /// Asked before anything is measured.
    pub question: String,
    /// The unit of the answer.
    pub unit: String,
    /// The lab that measures it.
    pub lab: Spanned<String>,
    /// The row of the lab's table.
    pub row: String,
    /// The column of the lab's table.
    pub column: String,
}

/// A number that the reader predicts, and a recorded table shows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// What chapters call it.
    pub id: Spanned<String>,
    /// What is asked.
    pub question: String,
    /// The unit of the answer.
    pub unit: String,
    /// The lab whose table shows it, or another recorded table of the lesson.
    pub table: String,
    /// The row of the table.
    pub row: String,
    /// The column of the table.
    pub column: String,
}

/// An experiment: the example `lab-ID` of the lesson's package.
pub type Lab = Experiment;

/// A program that says what happens: the example `trace-ID` of the lesson's package.
pub type Trace = Experiment;

/// An example of the lesson's package that the runner runs with numbers of the reader's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What the reader types behind the slash.
    pub id: Spanned<String>,
    /// As it stands in lists.
    pub title: String,
    /// The exercises whose code it runs.
    #[serde(default)]
    pub uses: Vec<Spanned<String>>,
    /// Of a lab: the column of its table that the book draws.
    pub draw: Option<Spanned<String>>,
    /// Of a lab: whether it is given the servers of the lessons, this one's included.
    #[serde(default)]
    pub rungs: bool,
    /// What can be varied, in the order of the command line.
    #[serde(rename = "parameter", default)]
    pub parameters: Vec<Parameter>,
}

/// One number that a lab or a trace may be given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// `--set NAME=VALUE`.
    pub name: Spanned<String>,
    /// What it does, with its unit.
    pub about: String,
    /// Taken when it is not given.
    pub default: u64,
    /// The least that is accepted.
    pub min: u64,
    /// The most that is accepted.
    pub max: u64,
}

/// A lesson that is not written yet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coming {
    /// Its number.
    pub number: u32,
    /// As it stands in the book.
    pub title: String,
    /// The question that it will answer.
    pub question: String,
}

/// A mistake in `workbook.toml`, with its place.
#[derive(Debug)]
pub struct WorkbookError {
    path: PathBuf,
    line: Option<usize>,
    message: String,
}

impl fmt::Display for WorkbookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.message),
            None => write!(f, "{}: {}", self.path.display(), self.message),
        }
    }
}

impl std::error::Error for WorkbookError {}

impl Workbook {
    /// Reads `root/lessons/workbook.toml`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not TOML, has a key or value that is not allowed, or names a
    /// thing twice.
    pub fn load(root: &Path) -> Result<Self, WorkbookError> {
        let path = root.join("lessons/workbook.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| WorkbookError {
            path: path.clone(),
            line: None,
            message: error.to_string(),
        })?;
        Self::parse(&text, root).map_err(|(line, message)| WorkbookError { path, line, message })
    }

    fn parse(text: &str, root: &Path) -> Result<Self, (Option<usize>, String)> {
        let mut workbook: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            (line, error.message().to_owned())
        })?;
        workbook.root = root.to_owned();
        rules::check(&workbook, text)
            .map_err(|(offset, message)| (Some(line_of(text, offset)), message))?;
        Ok(workbook)
    }

    /// The lesson with that number.
    #[must_use]
    pub fn lesson(&self, number: u32) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.number() == number)
    }

    /// Every exercise with its lesson, in the order of the course.
    pub fn exercises(&self) -> impl Iterator<Item = (&Lesson, &Exercise)> {
        self.lessons
            .iter()
            .flat_map(|lesson| lesson.exercises.iter().map(move |exercise| (lesson, exercise)))
    }
}

impl Lesson {
    /// 1 for `lesson-1`.
    #[must_use]
    pub fn number(&self) -> u32 {
        *self.number.get_ref()
    }

    /// What the reader types: `lesson-1`. Also the folder of its chapters.
    #[must_use]
    pub fn name(&self) -> String {
        format!("lesson-{}", self.number())
    }

    /// The lesson's package, which is its folder's name.
    #[must_use]
    pub fn package(&self) -> &str {
        self.directory.get_ref()
    }

    /// Where the learner writes, relative to the root.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new("lessons").join(self.directory.get_ref())
    }

    /// Where the reference stands, relative to the root.
    #[must_use]
    pub fn solution_path(&self) -> PathBuf {
        Path::new("solutions").join(self.directory.get_ref())
    }

    /// The exercise with that id.
    #[must_use]
    pub fn exercise(&self, id: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.id() == id)
    }

    /// The prediction with that id.
    #[must_use]
    pub fn prediction(&self, id: &str) -> Option<&Prediction> {
        self.predictions.iter().find(|prediction| prediction.id.get_ref() == id)
    }

    /// The lab with that id.
    #[must_use]
    pub fn lab(&self, id: &str) -> Option<&Lab> {
        self.labs.iter().find(|lab| lab.id() == id)
    }

    /// The trace with that id.
    #[must_use]
    pub fn trace(&self, id: &str) -> Option<&Trace> {
        self.traces.iter().find(|trace| trace.id() == id)
    }
}

impl Exercise {
    /// What the reader types behind the slash.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.get_ref()
    }

    /// The file that the learner writes, relative to the lesson's folder; the reference has one of
    /// the same name.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        Path::new("src").join(format!("{}.rs", self.id()))
    }

    /// The lesson's feature that puts the reference in this exercise's place.
    #[must_use]
    pub fn reference_feature(&self) -> String {
        format!("ref-{}", self.id())
    }
}

impl Experiment {
    /// What the reader types behind the slash.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.get_ref()
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}
