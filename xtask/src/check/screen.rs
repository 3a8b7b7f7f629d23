//! The report for people: what passed, the first thing to fix, the next command. One screen.

use std::fmt::Write as _;

use super::report::{
    ExerciseReport, GateReport, GateVerdict, Outcome, Report, TestReport, Verdict,
};
use crate::paint::{BAD, COMMAND, FAINT, GOOD, STRONG, Style, UNSURE, paint};
use crate::terminal::columns;
use crate::workbook::{Lesson, Workbook};

/// How many lines of a message or of output are shown; the JSON has all.
const LINES_MAX: usize = 16;

/// The whole report.
#[must_use]
pub fn render(report: &Report, workbook: &Workbook, lesson: &Lesson) -> String {
    let mut text = String::new();
    let single = report.exercises.len() == 1;
    for exercise in &report.exercises {
        heading(&mut text, exercise, lesson);
        if single {
            tests(&mut text, exercise);
        }
        if let Some(gate) = &exercise.gate {
            gate_lines(&mut text, gate);
        }
    }
    if let Some(exercise) = to_fix(report) {
        text.push('\n');
        first_thing(&mut text, exercise, lesson);
    }
    text.push('\n');
    next(&mut text, report, workbook, lesson);
    text
}

/// The first exercise that is to be fixed; without one, the first that has not passed.
fn to_fix(report: &Report) -> Option<&ExerciseReport> {
    let stops = |exercise: &&ExerciseReport| {
        matches!(exercise.verdict, Verdict::Failed | Verdict::Environment)
    };
    let open = |exercise: &&ExerciseReport| exercise.verdict != Verdict::Passed;
    report.exercises.iter().find(stops).or_else(|| report.exercises.iter().find(open))
}

fn heading(text: &mut String, exercise: &ExerciseReport, lesson: &Lesson) {
    let (mark, style) = match exercise.verdict {
        Verdict::Passed => ("✓", GOOD),
        Verdict::Failed if not_started(exercise) => ("·", FAINT),
        Verdict::Failed => ("✗", BAD),
        Verdict::Inconclusive | Verdict::Environment => ("?", UNSURE),
    };
    let title = exercise.exercise.split_once('/').and_then(|(_, id)| lesson.exercise(id));
    let title = title.map_or("", |exercise| exercise.title.as_str());
    let passed = exercise.tests.iter().filter(|test| !test.outcome.failed()).count();
    let count = match exercise.tests.len() {
        0 => String::new(),
        all => format!("  {passed} of {all} tests"),
    };
    let cached = if exercise.cached { "  unchanged since the last check" } else { "" };
    let _ = writeln!(
        text,
        "{} {}  {title}{}{}",
        paint(style, mark),
        paint(STRONG, &exercise.exercise),
        paint(FAINT, count),
        paint(FAINT, cached)
    );
}

fn not_started(exercise: &ExerciseReport) -> bool {
    let failed = || exercise.tests.iter().filter(|test| test.outcome.failed());
    failed().next().is_some() && failed().all(|test| test.outcome == Outcome::NotStarted)
}

fn tests(text: &mut String, exercise: &ExerciseReport) {
    for test in &exercise.tests {
        let (mark, style) = style_of(test.outcome);
        let words = match test.outcome {
            Outcome::Passed => String::new(),
            Outcome::Skipped => format!("  skipped: {}", test.message),
            outcome => format!("  {}", outcome.words()),
        };
        let _ = writeln!(text, "  {} {}{}", paint(style, mark), test.name, paint(style, words));
    }
}

fn style_of(outcome: Outcome) -> (&'static str, Style) {
    match outcome {
        Outcome::Passed => ("✓", GOOD),
        Outcome::NotStarted => ("·", FAINT),
        Outcome::Wrong | Outcome::Panicked | Outcome::Hung => ("✗", BAD),
        Outcome::Skipped | Outcome::Environment => ("?", UNSURE),
    }
}

fn gate_lines(text: &mut String, gate: &GateReport) {
    let (mark, style) = match gate.verdict {
        GateVerdict::Passed => ("✓", GOOD),
        GateVerdict::Failed => ("✗", BAD),
        GateVerdict::Inconclusive => ("?", UNSURE),
    };
    let _ = writeln!(
        text,
        "  {} benchmark: score {} ({:.2} to {:.2}), the bar is {:.2}; 0 is naive, 1 the reference",
        paint(style, mark),
        paint(STRONG, format!("{:.2}", gate.score)),
        gate.low,
        gate.high,
        gate.bar
    );
    // The label and the time take 29 columns; of what is left, the naive version has two thirds.
    let room = (columns() as f64 - 30.0).clamp(1.0, 60.0);
    let bar = |label: &str, time: f64| {
        let width = (time / gate.naive_ns * room / 1.5).round().clamp(1.0, room) as usize;
        format!("      {label:<10} {:>10}  {}\n", duration(time), "▆".repeat(width))
    };
    text.push_str(&bar("naive", gate.naive_ns));
    text.push_str(&bar("yours", gate.yours_ns));
    text.push_str(&bar("reference", gate.reference_ns));
    if gate.verdict == GateVerdict::Passed && gate.low > 1.0 {
        let _ = writeln!(text, "      {}", paint(GOOD, "faster than the reference: well done"));
    }
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        1e6.. => format!("{:.2} ms", nanoseconds / 1e6),
        1e3.. => format!("{:.2} µs", nanoseconds / 1e3),
        _ => format!("{nanoseconds:.1} ns"),
    }
}

/// What to do something about first.
fn first_thing(text: &mut String, exercise: &ExerciseReport, lesson: &Lesson) {
    if let Some(error) = &exercise.compile_error {
        let place = format!("{}:{}:{}", error.file, error.line, error.column);
        let _ = writeln!(text, "{} {place}\n", paint(BAD, "does not compile"));
        text.push_str(&cut(&error.rendered, 40, ""));
        if error.file.contains("/tests/") || error.file.contains("/benches/") {
            text.push_str("\nThe tests call your code with the names and types of the starter: did one of them change?\n");
        }
        return;
    }
    if let Some(why) = &exercise.environment {
        let _ = write!(text, "{} {}", paint(UNSURE, "environment"), cut(why, 40, ""));
        return;
    }
    if not_started(exercise) && exercise.tests.iter().all(|test| test.outcome.failed()) {
        let all = exercise.tests.len();
        let _ = writeln!(text, "0 of {all}: that is where this exercise starts.\n");
    }
    // In the order of the file, except that what has begun comes before what has not.
    let begun = |test: &&TestReport| test.outcome.failed() && test.outcome != Outcome::NotStarted;
    let test = exercise
        .tests
        .iter()
        .find(begun)
        .or_else(|| exercise.tests.iter().find(|test| test.outcome.failed()));
    match test {
        Some(test) => test_lines(text, test),
        None => gate_advice(text, exercise),
    }
    if let Some(advice) = &exercise.advice {
        let _ = writeln!(
            text,
            "\n{} {}",
            paint(STRONG, "This looks like a known mistake:"),
            advice.title
        );
        text.push_str(&wrapped(&advice.text, "  "));
    }
    references(text, exercise, lesson);
}

fn test_lines(text: &mut String, test: &TestReport) {
    let (_, style) = style_of(test.outcome);
    let _ = writeln!(text, "{} {}", paint(style, test.outcome.words()), paint(STRONG, &test.name));
    if let Some(location) = &test.location {
        let _ = writeln!(text, "  {}", paint(FAINT, format!("at {location}")));
    }
    text.push_str(&cut(&test.message, LINES_MAX, "  "));
    for line in &test.threads {
        let _ = writeln!(text, "    {line}");
    }
    if !test.output.trim().is_empty() {
        let _ = writeln!(text, "  {}", paint(FAINT, "it printed:"));
        text.push_str(&cut(test.output.trim(), LINES_MAX, "  │ "));
    }
}

fn gate_advice(text: &mut String, exercise: &ExerciseReport) {
    let Some(gate) = &exercise.gate else { return };
    match (&gate.reason, gate.verdict) {
        (Some(reason), _) => {
            let _ = writeln!(text, "{} {reason}", paint(UNSURE, "inconclusive"));
            text.push_str("  The tests passed, and this blocks nothing; close what else is running to have it judged.\n");
        }
        (None, GateVerdict::Failed) => {
            let _ = writeln!(text, "{} correct, and not fast enough", paint(BAD, "too slow"));
        }
        (None, _) => {}
    }
}

fn references(text: &mut String, exercise: &ExerciseReport, lesson: &Lesson) {
    if !exercise.references.is_empty() && exercise.references.len() < lesson.exercises.len() {
        let list = exercise.references.join(", ");
        let line = format!("(the reference stood in for what has not passed yet: {list})");
        let _ = writeln!(text, "{}", paint(FAINT, line));
    }
}

fn next(text: &mut String, report: &Report, workbook: &Workbook, lesson: &Lesson) {
    let Some(exercise) =
        to_fix(report).filter(|exercise| exercise.verdict != Verdict::Inconclusive)
    else {
        if !report.solution {
            text.push_str(&crate::next::after(workbook, lesson, &report.exercises));
        }
        return;
    };
    if exercise.verdict == Verdict::Environment || report.solution {
        return;
    }
    let name = &exercise.exercise;
    let id = name.split_once('/').map_or("", |(_, id)| id);
    let file = lesson.path().join(format!("src/{id}.rs"));
    let _ = writeln!(text, "Edit {}, then", file.display());
    let _ = writeln!(text, "  {}", paint(COMMAND, format!("cargo xtask check {name}")));
    let _ = writeln!(text, "Stuck? {}", paint(COMMAND, format!("cargo xtask hint {name}")));
}

fn cut(text: &str, lines_max: usize, indent: &str) -> String {
    let mut shown: String =
        text.lines().take(lines_max).map(|line| format!("{indent}{line}\n")).collect();
    let more = text.lines().count().saturating_sub(lines_max);
    if more > 0 {
        let _ = writeln!(shown, "{indent}… {more} more lines");
    }
    shown
}

/// Paragraphs broken where the terminal ends, or at 90 columns.
#[must_use]
pub fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = String::new();
    for paragraph in text.split("\n\n") {
        let mut line = indent.to_owned();
        for word in paragraph.split_whitespace() {
            if line.chars().count() + word.chars().count() > columns() && line.len() > indent.len()
            {
                lines.push_str(line.trim_end());
                lines.push('\n');
                line = indent.to_owned();
            }
            line.push_str(word);
            line.push(' ');
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}
