//! The steps that try starters, references, wrong solutions and gates, in the scratch copy.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Tally, Trouble, is_learners, scratch_with_starters};
use crate::check::build::cargo;
use crate::check::report::{ExerciseReport, GateVerdict, Verdict};
use crate::check::{Check, Options};
use crate::mistake::{self, Mistake};
use crate::scratch::Scratch;
use crate::starter;
use crate::status::Audience;
use crate::verbs::measure::{self, Side};
use crate::verbs::name_of;
use crate::verbs::starters::{self, Standing};
use crate::workbook::{Exercise, Kind, Lesson, Workbook};

/// Starters are what the references give, compile without a warning, and fail.
pub(super) fn starters(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    for (lesson, exercise) in workbook.exercises() {
        let name = name_of(lesson, exercise);
        let derived = starter::derive(&workbook.root, lesson, exercise)?;
        if is_learners(workbook, (lesson, exercise), &derived)? {
            tally.pass(&format!("{name}: your work, left alone"));
            continue;
        }
        let current =
            starters::standing(workbook, lesson, exercise, &derived)? == Standing::Current;
        let result =
            if current { Ok(()) } else { Err("`cargo xtask starters` writes it anew".into()) };
        tally.judge(&format!("{name}: the starter is current"), result);
    }
    let scratch = scratch_with_starters(workbook)?;
    let copy = narrowed(scratch.workbook()?, workbook);
    for_each_lesson(tally, &copy, |tally, lesson| {
        let mut command = cargo(&copy.root);
        command.args(["clippy", "--quiet", "--package", lesson.package()]);
        let status = command.args(["--", "-D", "warnings"]).stdin(Stdio::null()).status()?;
        let result = if status.success() { Ok(()) } else { Err("it warns".to_owned()) };
        tally.judge(&format!("{}: starters compile without a warning", lesson.name()), result);
        try_starters(tally, &copy, lesson);
        Ok(())
    })
}

fn try_starters(tally: &mut Tally, copy: &Workbook, lesson: &Lesson) {
    for exercise in &lesson.exercises {
        let report = check(copy, lesson, exercise, false);
        let result = match (report.verdict, &report.compile_error) {
            (Verdict::Failed, None) => Ok(()),
            // It is right and slow: the naive version, which is where the benchmark begins to count.
            (Verdict::Passed, None) if exercise.kind == Kind::Speed && exercise.gate.is_some() => {
                Ok(())
            }
            (verdict, _) => Err(format!("a starter must fail its tests, this is {verdict:?}")),
        };
        tally.judge(&format!("{}: the starter fails", report.exercise), result);
    }
}

/// A workbook with the lessons of `as_here` alone.
fn narrowed(mut workbook: Workbook, as_here: &Workbook) -> Workbook {
    workbook.lessons.retain(|lesson| as_here.lesson(lesson.number()).is_some());
    workbook
}

/// Does `work` for each lesson, for two at a time: while the tests of one wait, the other one's are built.
fn for_each_lesson<'a>(
    tally: &mut Tally,
    workbook: &'a Workbook,
    work: impl Fn(&mut Tally, &'a Lesson) -> Result<(), Trouble> + Sync,
) -> Result<(), Trouble> {
    let lessons: Mutex<VecDeque<&Lesson>> = Mutex::new(workbook.lessons.iter().collect());
    let next = || lessons.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let worker = || {
        let mut tally = Tally::default();
        while let Some(lesson) = next() {
            if let Err(trouble) = work(&mut tally, lesson) {
                tally.fail(&lesson.name(), &trouble.to_string());
            }
        }
        tally
    };
    let tallies = thread::scope(|scope| {
        let other = scope.spawn(worker);
        [worker(), other.join().expect("a step reports its trouble")]
    });
    tallies.into_iter().for_each(|each| tally.add(each));
    Ok(())
}

/// References pass every test.
pub(super) fn references(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let scratch = scratch_with_starters(workbook)?;
    let copy = narrowed(scratch.workbook()?, workbook);
    for_each_lesson(tally, &copy, |tally, lesson| {
        try_references(tally, &copy, lesson);
        Ok(())
    })
}

fn try_references(tally: &mut Tally, copy: &Workbook, lesson: &Lesson) {
    for exercise in &lesson.exercises {
        let report = check(copy, lesson, exercise, true);
        let skipped = report
            .tests
            .iter()
            .filter(|test| test.outcome == crate::check::report::Outcome::Skipped);
        for test in skipped {
            tally.skip(&format!("{}: {}", report.exercise, test.name), &test.message);
        }
        let count = report.tests.iter().filter(|test| !test.outcome.failed()).count();
        let result = match report.verdict {
            Verdict::Passed => Ok(()),
            verdict => Err(format!("{verdict:?}: {}", why(&report))),
        };
        tally.judge(&format!("{}: the reference passes {count} tests", report.exercise), result);
    }
}

/// Each wrong solution compiles, passes at least half of the tests, and is rejected by exactly what its header names.
pub(super) fn wrong(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    let scratch = scratch_with_starters(workbook)?;
    let copy = narrowed(scratch.workbook()?, workbook);
    for_each_lesson(tally, &copy, |tally, lesson| {
        try_mistakes(tally, workbook, (&scratch, &copy), lesson)
    })
}

fn try_mistakes(
    tally: &mut Tally,
    workbook: &Workbook,
    (scratch, copy): (&Scratch, &Workbook),
    lesson: &Lesson,
) -> Result<(), Trouble> {
    for exercise in &lesson.exercises {
        let mistakes = mistake::mistakes(&workbook.root, lesson, exercise)?;
        if !(2..=9).contains(&mistakes.len()) {
            let count = mistakes.len();
            tally.fail(&name_of(lesson, exercise), &format!("{count} wrong solutions (2 to 9)"));
        }
        for mistake in &mistakes {
            scratch.lay(lesson, &mistake.laid_over(&workbook.root, lesson, exercise)?)?;
            let report = check(copy, lesson, exercise, false);
            let what = format!("{}: {}", name_of(lesson, exercise), mistake.name);
            tally.judge(&what, rejected(mistake, &report));
            let failures = report.failures();
            let explains = |other: &&Mistake| other.explains(&failures);
            if !failures.is_empty()
                && let Some(other) =
                    mistakes.iter().filter(|other| other.name != mistake.name).find(explains)
            {
                let other = &other.name;
                tally.fail(&what, &format!("fails like `{other}`, and the advice differs"));
            }
        }
        scratch.lay(lesson, &starter::derive(&workbook.root, lesson, exercise)?)?;
    }
    Ok(())
}

fn rejected(mistake: &Mistake, report: &ExerciseReport) -> Result<(), String> {
    if let Some(error) = &report.compile_error {
        return Err(format!("it does not compile\n{}", error.rendered));
    }
    if let Some(why) = &report.environment {
        return Err(why.clone());
    }
    let failing = report.failures();
    // Whether the gate rejects the slow ones is what the step `gates` tries.
    if !mistake.explains(&failing) {
        let named = &mistake.rejected_by;
        return Err(format!("its header names {named:?}, it fails {failing:?}"));
    }
    if failing.len() * 2 > report.tests.len() {
        let all = report.tests.len();
        return Err(format!(
            "it fails {} of {all} tests: too easily told from a solution",
            failing.len()
        ));
    }
    Ok(())
}

/// One run of each gate on every slow mutant and on the reference: no false verdict. What the naive version scores, `measure
/// gates` has recorded; it is what zero means.
pub(super) fn gates(tally: &mut Tally, workbook: &Workbook) -> Result<(), Trouble> {
    for (lesson, exercise) in workbook.exercises().filter(|(_, exercise)| exercise.gate.is_some()) {
        let sides = measure::sides(workbook, lesson, exercise)?;
        for side in sides.into_iter().filter(|side| !matches!(side, Side::Naive)) {
            let what = format!("{}: the gate on {}", name_of(lesson, exercise), side.name());
            let gate = measure::Gated::new(workbook, lesson, exercise, &side)?.run()?;
            let wrong = match side {
                Side::Reference => GateVerdict::Failed,
                Side::Naive | Side::Slow(_) => GateVerdict::Passed,
            };
            let result = if gate.verdict == wrong {
                Err(format!("{:?} with a score of {:.2}", gate.verdict, gate.score))
            } else {
                Ok(())
            };
            tally.judge(&format!("{what}: {:?}, score {:.2}", gate.verdict, gate.score), result);
        }
    }
    Ok(())
}

fn check(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    solution: bool,
) -> ExerciseReport {
    let options = Options { solution, no_bench: true, again: true, audience: Audience::Nobody };
    let (report, _) = Check::new(workbook, lesson, Some(exercise), options).run();
    report.exercises.into_iter().next().expect("one exercise was checked")
}

fn why(report: &ExerciseReport) -> String {
    if let Some(error) = &report.compile_error {
        return error.rendered.clone();
    }
    if let Some(why) = &report.environment {
        return why.clone();
    }
    let failed = report.tests.iter().filter(|test| test.outcome.failed());
    let lines: Vec<_> = failed
        .map(|test| format!("{} {}: {}", test.name, test.outcome.words(), test.message))
        .collect();
    lines.join("\n")
}
