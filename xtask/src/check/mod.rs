//! Judging exercises: build, run the tests one process each, then the benchmark gate.
//!
//! # Map
//!
//! - [`report`]: what comes out.
//! - [`build`]: Cargo, and the compiler's first error.
//! - [`runs`], [`sandbox`], [`keeper`], [`autopsy`], [`failure`]: the tests, from process to kind of failure.
//! - [`gate`], [`rounds`]: the benchmark, and its arithmetic.
//! - [`advice`]: what a known mistake that fails like this is told.
//! - [`cache`]: a check of what has not changed.
//! - [`screen`]: the report for people.

pub mod report;

pub mod build;

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

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use self::build::{Build, BuildError};
use self::gate::{Bench, GateError};
use self::report::{ExerciseReport, Report, Verdict};
use self::runs::Tests;
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
        let state = match self.store.read() {
            Ok(state) => state,
            Err(error) => {
                self.complain(&error);
                State::default()
            }
        };
        let exercises: Vec<_> = self
            .exercises
            .clone()
            .into_iter()
            .map(|exercise| self.judge(exercise, &state))
            .collect();
        let report = Report::of(self.lesson, exercises, self.options.solution);
        (report, self.complaints)
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
        let test = format!("tests/{}.rs", exercise.id());
        let course = ["Cargo.toml", "src/lib.rs", &test].map(|file| folder.join(file));
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

    fn build_and_run(&self, exercise: &Exercise, state: &State, report: &mut ExerciseReport) {
        // In the time that the compiler takes anyway.
        let sweep = thread::spawn(sandbox::sweep_dead_runners);
        self.status.show(&format!("{}: building", report.exercise));
        let features = self.features(&report.references);
        let built = self.build("test", exercise.id(), &features);
        sweep.join().expect("nothing in it panics");
        let program = match built {
            Ok(program) => program,
            Err(BuildError::Compile(error)) => {
                report.compile_error = Some(error);
                return;
            }
            Err(BuildError::Environment(why)) => {
                report.environment = Some(why);
                return;
            }
        };
        let first = state.exercise(&report.exercise).failing;
        self.run_tests(exercise.id(), &program, runs::TIME_MAX, &first, report);
        if report.judge() == Verdict::Passed && exercise.loom {
            self.run_models(exercise, &features, report);
        }
        if report.judge() == Verdict::Passed && !self.options.no_bench {
            self.run_gate(exercise, features, report);
        }
    }

    /// Adds what the tests of a program say.
    fn run_tests(
        &self,
        file: &str,
        program: &Path,
        usual: Duration,
        first: &[String],
        report: &mut ExerciseReport,
    ) {
        let lesson = self.lesson.path();
        let source = self.root().join(&lesson).join(format!("tests/{file}.rs"));
        let time_max = runs::time_max(usual);
        let tests = Tests { program, source: &source, root: self.root(), lesson, time_max };
        match tests.run(first, &self.status) {
            Ok(tests) => report.tests.extend(tests),
            Err(why) => report.environment = Some(why),
        }
    }

    /// The same code with loom's types in the place of the standard library's, in every order of events.
    fn run_models(&self, exercise: &Exercise, features: &[String], report: &mut ExerciseReport) {
        self.status.show(&format!("{}: building the models", report.exercise));
        let features = [features, &["loom".to_owned()]].concat();
        let target = format!("{}_loom", exercise.id());
        match self.build("test", &target, &features) {
            Ok(program) => {
                self.run_tests(&target, &program, runs::MODEL_TIME_MAX, &[], report);
            }
            Err(BuildError::Compile(error)) => report.compile_error = Some(error),
            Err(BuildError::Environment(why)) => report.environment = Some(why),
        }
    }

    fn run_gate(
        &self,
        exercise: &Exercise,
        mut features: Vec<String>,
        report: &mut ExerciseReport,
    ) {
        let Some(gate) = &exercise.gate else { return };
        self.status.show(&format!("{}: building the benchmark", report.exercise));
        features.push("bench".to_owned());
        let measured = match self.build("bench", exercise.id(), &features) {
            Ok(program) => {
                let (root, lesson) = (self.root(), self.lesson.path());
                let (id, sides) = (exercise.id(), gate::SIDES);
                Bench { program: &program, root, lesson, id, sides }.run(gate, &self.status)
            }
            Err(BuildError::Compile(error)) => {
                report.compile_error = Some(error);
                return;
            }
            Err(BuildError::Environment(why)) => Err(GateError::Bench(why)),
        };
        match measured {
            Ok(gate) => report.gate = Some(gate),
            Err(GateError::Yours(test)) => report.tests.push(*test),
            Err(GateError::Bench(why)) => report.environment = Some(why),
        }
    }

    fn build(&self, kind: &str, target: &str, features: &[String]) -> Result<PathBuf, BuildError> {
        let targets = [target];
        let build =
            Build { root: self.root(), lesson: self.lesson, kind, targets: &targets, features };
        let mut programs = build.run(&self.status)?;
        programs
            .remove(target)
            .ok_or_else(|| BuildError::Environment(format!("Cargo built no {kind} `{target}`")))
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
