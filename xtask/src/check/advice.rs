//! What is said about a failure that is known.

use std::path::Path;

use super::gate;
use super::report::{Advice, ExerciseReport, Outcome, Verdict};
use crate::mistake::{self, Mistake, RejectedBy};
use crate::workbook::{Exercise, Lesson};

/// The advice of a known mistake that fails exactly like this.
pub(super) fn of(
    root: &Path,
    lesson: &Lesson,
    exercise: &Exercise,
    report: &ExerciseReport,
) -> Option<Advice> {
    if report.verdict != Verdict::Failed || report.compile_error.is_some() {
        return None;
    }
    // What is not written yet is no mistake, whatever else it looks like.
    if report.tests.iter().any(|test| test.outcome == Outcome::NotStarted) {
        return None;
    }
    let failures = report.failures();
    if failures.is_empty() && report.gate.is_none() {
        return None;
    }
    let known = mistake::mistakes(root, lesson, exercise).unwrap_or_default();
    let score = report.gate.as_ref().map(|gate| gate.score);
    let alike = |mistake: &Mistake| match (&mistake.rejected_by, score) {
        // Slow code is slow for many reasons: only a score like the recorded one says that it is this.
        (RejectedBy::Benchmark, Some(score)) => {
            gate::recorded_scores(root, lesson, exercise, &mistake.name)
                .is_some_and(|recorded| recorded.contains(&score))
        }
        _ => true,
    };
    let same = known.into_iter().find(|mistake| mistake.explains(&failures) && alike(mistake))?;
    Some(Advice { mistake: same.name, title: same.title, text: same.advice })
}
