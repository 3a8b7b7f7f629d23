//! What is done for an exercise, one after the other: its tests, its models, its benchmark.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::Check;
use super::build::{Build, BuildError};
use super::gate::{self, Bench, GateError};
use super::report::{ExerciseReport, Verdict};
use super::runs::{self, Tests};
use super::sandbox;
use crate::state::State;
use crate::workbook::Exercise;

impl Check<'_> {
    /// Builds and runs until something fails.
    pub(super) fn build_and_run(
        &self,
        exercise: &Exercise,
        state: &State,
        report: &mut ExerciseReport,
    ) {
        // In the time that the compiler takes anyway.
        let sweep = thread::spawn(sandbox::sweep_dead_runners);
        self.status.show(&format!("{}: building", report.exercise));
        let features = self.features(&report.references);
        let built = self.build("test", exercise.id(), &features, report);
        sweep.join().expect("nothing in it panics");
        let Some(program) = built else { return };
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
        let Some(program) = self.build("test", &target, &features, report) else { return };
        self.run_tests(&target, &program, runs::MODEL_TIME_MAX, &[], report);
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
        let Some(program) = self.build("bench", exercise.id(), &features, report) else { return };
        let (root, lesson) = (self.root(), self.lesson.path());
        let (id, sides) = (exercise.id(), gate::SIDES);
        match (Bench { program: &program, root, lesson, id, sides }).run(gate, &self.status) {
            Ok(gate) => report.gate = Some(gate),
            Err(GateError::Yours(test)) => report.tests.push(*test),
            Err(GateError::Bench(why)) => report.environment = Some(why),
        }
    }

    /// The program of a test or a bench; if there is none, the report says why.
    fn build(
        &self,
        kind: &str,
        target: &str,
        features: &[String],
        report: &mut ExerciseReport,
    ) -> Option<PathBuf> {
        let targets = [target];
        let build =
            Build { root: self.root(), lesson: self.lesson, kind, targets: &targets, features };
        let program = build.run(&self.status).and_then(|mut programs| {
            let missing = || BuildError::Environment(format!("Cargo built no {kind} `{target}`"));
            programs.remove(target).ok_or_else(missing)
        });
        match program {
            Ok(program) => return Some(program),
            Err(BuildError::Compile(error)) => report.compile_error = Some(error),
            Err(BuildError::Environment(why)) => report.environment = Some(why),
        }
        None
    }
}
