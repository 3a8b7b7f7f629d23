//! Judging exercises: build, run the tests one process each, then the benchmark gate.
//!
//! # Map
//!
//! - [`report`]: what comes out.
//! - `steps`: what is done for an exercise: its tests, its models, its benchmark.
//! - [`build`]: Cargo, and the compiler's first error.
//! - [`runs`], [`sandbox`], [`keeper`], [`autopsy`], [`failure`]: the tests, from process to kind of failure.
//! - [`gate`], [`rounds`]: the benchmark, and its arithmetic.
//! - [`advice`]: what a known mistake that fails like this is told.
//! - [`cache`]: a check of what has not changed.
//! - [`screen`]: the report for people.

pub mod report;

pub mod build;

mod steps;

pub mod runs;

pub mod sandbox;

pub mod keeper;

pub mod autopsy;

pub mod failure;

pub mod gate;

pub mod rounds;

pub mod cache;

pub mod screen;

mod advice;

use std::path::Path;

use self::report::{ExerciseReport, Report, Verdict};
use crate::snapshot::{self, Snapshots};
use crate::starter::{self, SourceFile};
use crate::state::{self, Passed, Score, State, Store};
use crate::status::{Audience, Status};
use crate::workbook::{Exercise, Lesson, Workbook};

/// How to check.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The references instead of the reader's files.
    pub solution: bool,
    /// Tests only.
    pub no_bench: bool,
    /// Even what has not changed.
    pub again: bool,
    /// Who is told what is going on.
    pub audience: Audience,
}

/// A check of one or more exercises of one lesson.
#[derive(Debug)]
pub struct Check<'a> {
    workbook: &'a Workbook,
    lesson: &'a Lesson,
    exercises: Vec<&'a Exercise>,
    options: Options,
    store: Store,
    status: Status,
    /// What went wrong with recording; said once, at the end.
    complaints: Vec<String>,
}

impl<'a> Check<'a> {
    /// A check of one exercise, or of all of a lesson.
    #[must_use]
    pub fn new(
        workbook: &'a Workbook,
        lesson: &'a Lesson,
        exercise: Option<&'a Exercise>,
        options: Options,
    ) -> Self {
        let exercises = match exercise {
            Some(exercise) => vec![exercise],
            None => lesson.exercises.iter().collect(),
        };
        let status = Status::new(options.audience);
        let store = Store::new(&workbook.root);
        Self { workbook, lesson, exercises, options, store, status, complaints: Vec::new() }
    }

    /// The report of the last check, if the learner's files are as they were; nothing is run, nothing is recorded.
    #[must_use]
    pub fn last(&self, exercise: &Exercise) -> Option<ExerciseReport> {
        let state = self.store.read().ok()?;
        let files = snapshot::current(self.root(), self.lesson, exercise).ok()?;
        let mut report = ExerciseReport::new(self.name(exercise));
        report.references = self.references(exercise, &state);
        let key = cache::key(self.root(), self.lesson, &report, &files, &self.options);
        cache::last(&self.store, &key)
    }

    /// Checks, records, and returns the report with what could not be recorded.
    #[must_use]
    pub fn run(mut self) -> (Report, Vec<String>) {
        // Each is recorded before the next is judged, which is then built with it.
        let mut exercises = Vec::new();
        for exercise in self.exercises.clone() {
            let state = self.state();
            exercises.push(self.judge(exercise, &state));
        }
        let report = Report::of(self.lesson, exercises, self.options.solution);
        (report, self.complaints)
    }

    fn state(&mut self) -> State {
        self.store.read().unwrap_or_else(|error| {
            self.complain(&error);
            State::default()
        })
    }

    fn root(&self) -> &'a Path {
        &self.workbook.root
    }

    fn complain(&mut self, error: &dyn std::error::Error) {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let complaint = format!("{error}{cause}");
        if !self.complaints.contains(&complaint) {
            self.complaints.push(complaint);
        }
    }

    fn name(&self, exercise: &Exercise) -> String {
        format!("{}/{}", self.lesson.name(), exercise.id())
    }

    /// Each exercise by itself: one that does not compile hides no other.
    fn judge(&mut self, exercise: &'a Exercise, state: &State) -> ExerciseReport {
        let mut report = ExerciseReport::new(self.name(exercise));
        let files = match self.sources(exercise) {
            Ok(files) => files,
            Err(why) => {
                report.environment = Some(why);
                return report;
            }
        };
        report.references = self.references(exercise, state);
        let key = cache::key(self.root(), self.lesson, &report, &files, &self.options);
        let cached = if self.options.again { None } else { cache::read(&self.store, &key) };
        if let Some(cached) = cached {
            // The state may have been lost since, or could not be written then.
            if self.is_pass(exercise, &cached, &files)
                && !passed(self.root(), self.lesson, exercise, state)
            {
                self.record(exercise, &cached, &files);
            }
            return cached;
        }
        self.build_and_run(exercise, state, &mut report);
        report.verdict = report.judge();
        if !self.is_starter(exercise, &files) {
            report.advice = advice::of(self.root(), self.lesson, exercise, &report);
        }
        if !snapshot::current(self.root(), self.lesson, exercise).is_ok_and(|now| now == files) {
            let file = self.lesson.path().join(exercise.file());
            let file = file.display();
            self.complaints.push(format!(
                "`{file}` has changed while it was checked: nothing is recorded, check it again"
            ));
            return report;
        }
        self.record(exercise, &report, &files);
        if let Err(error) = cache::write(&self.store, &key, &report) {
            self.complain(&error);
        }
        report
    }

    /// The learner's files, of which a copy is kept first.
    fn sources(&mut self, exercise: &Exercise) -> Result<Vec<SourceFile>, String> {
        if let Some(missing) = self.missing(exercise) {
            return Err(missing);
        }
        let files = snapshot::current(self.root(), self.lesson, exercise)
            .map_err(|error| error.to_string())?;
        let kept = self
            .store
            .lock()
            .map(|lock| Snapshots::of(&self.store, self.lesson, exercise).keep(&files, &lock));
        match kept {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.complain(&error),
            Err(error) => self.complain(&error),
        }
        Ok(files)
    }

    /// What to say when a file is not there without which nothing can be judged.
    fn missing(&self, exercise: &Exercise) -> Option<String> {
        let folder = self.lesson.path();
        if !self.root().join(&folder).is_dir() {
            return Some(format!(
                "`{folder}` is missing: it belongs to the course (`git checkout -- {folder}` brings it back, `cargo xtask undo` your files)",
                folder = folder.display()
            ));
        }
        let yours = folder.join(exercise.file());
        if self.root().join(&yours).is_dir() {
            return Some(format!("`{}` is no file but a folder", yours.display()));
        }
        if !self.root().join(&yours).is_file() {
            let name = self.name(exercise);
            return Some(format!(
                "`{}` is missing (`cargo xtask undo {name}` brings back what you had, `cargo xtask reset {name}` the starter)",
                yours.display()
            ));
        }
        let mut course = vec!["Cargo.toml".to_owned(), "src/lib.rs".to_owned()];
        course.push(format!("tests/{}.rs", exercise.id()));
        if exercise.loom {
            course.push(format!("tests/{}_loom.rs", exercise.id()));
        }
        let course: Vec<_> = course.iter().map(|file| folder.join(file)).collect();
        let missing = course.iter().find(|file| !self.root().join(file).is_file())?;
        Some(format!(
            "`{}` is missing: it belongs to the course (`git checkout -- {}` brings it back)",
            missing.display(),
            missing.display()
        ))
    }

    /// The siblings in whose place the reference is put: those that have not passed as they are now.
    fn references(&self, exercise: &Exercise, state: &State) -> Vec<String> {
        if self.options.solution {
            return self.lesson.exercises.iter().map(|each| each.id().to_owned()).collect();
        }
        let siblings = self.lesson.exercises.iter().filter(|each| each.id() != exercise.id());
        siblings
            .filter(|each| !passed(self.root(), self.lesson, each, state))
            .map(|each| each.id().to_owned())
            .collect()
    }

    fn features(&self, references: &[String]) -> Vec<String> {
        let exercises = self.lesson.exercises.iter();
        exercises
            .filter(|each| references.iter().any(|id| id == each.id()))
            .map(Exercise::reference_feature)
            .collect()
    }

    /// Whether nothing has been written yet: a warm-up's bug is the reader's to find.
    fn is_starter(&self, exercise: &Exercise, files: &[SourceFile]) -> bool {
        starter::derive(self.root(), self.lesson, exercise).is_ok_and(|starter| starter == files)
    }

    /// Whether a report is the learner's pass. A machine too noisy to judge blocks nobody who has written something: there are
    /// starters that pass all tests, and are only too slow.
    fn is_pass(&self, exercise: &Exercise, report: &ExerciseReport, files: &[SourceFile]) -> bool {
        let is_judged = match report.verdict {
            Verdict::Passed => true,
            Verdict::Inconclusive => !self.is_starter(exercise, files),
            _ => false,
        };
        is_judged && !self.options.solution && !(self.options.no_bench && exercise.gate.is_some())
    }

    fn record(&mut self, exercise: &Exercise, report: &ExerciseReport, files: &[SourceFile]) {
        if self.options.solution {
            return;
        }
        let name = self.name(exercise);
        let sources = snapshot::digest_of(files);
        let is_pass = self.is_pass(exercise, report, files);
        let recorded = self.store.update(|state| {
            let progress = state.exercises.entry(name).or_default();
            progress.checks += 1;
            progress.failing = report.failing();
            if is_pass {
                progress.passed = Some(Passed { at: state::now(), sources });
            }
            if let Some(gate) = report.gate.as_ref().filter(|gate| gate.reason.is_none()) {
                let (score, low, high) = (gate.score, gate.low, gate.high);
                progress.add_score(Score { at: state::now(), score, low, high });
            }
        });
        match recorded {
            Ok(None) => {}
            Ok(Some(aside)) => self.complaints.push(aside.to_string()),
            Err(error) => self.complain(&error),
        }
    }
}

/// Whether an exercise has passed with the files that are there now.
#[must_use]
pub fn passed(root: &Path, lesson: &Lesson, exercise: &Exercise, state: &State) -> bool {
    let name = format!("{}/{}", lesson.name(), exercise.id());
    let Some(passed) = state.exercise(&name).passed else { return false };
    snapshot::current(root, lesson, exercise)
        .is_ok_and(|files| snapshot::digest_of(&files) == passed.sources)
}
