//! The report for people: what passed, the first thing to fix, the next command. One screen.

use std::fmt::Write as _;

use super::report::{
    ExerciseReport, GateReport, GateVerdict, Outcome, Report, TestReport, Verdict,
};
use crate::paint::{BAD, COMMAND, FAINT, GOOD, STRONG, Style, UNSURE, paint};
use crate::starter;
use crate::terminal::columns;
use crate::workbook::{Lesson, Workbook};

/// How wide the interval of a score may be that is shown.
const SPREAD_MAX: f64 = 3.0;

/// How many lines of a message or of output are shown; the JSON has all.
const LINES_MAX: usize = 16;

/// What was found: every failure in full if `all` are wanted, otherwise the first.
#[must_use]
pub fn render(report: &Report, lesson: &Lesson, all: bool) -> String {
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
        what_to_fix(&mut text, exercise, lesson, all);
    }
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
    // A score as a factor: scores are logarithms, since gains are factors. It comes from rounds of all three, and tells more
    // than the quotient of two times that are each a median.
    let factor = |score: f64| (gate.naive_ns / gate.reference_ns).powf(1.0 - score);
    let (slower, allowed) = (factor(gate.score), factor(gate.bar));
    let passes = match gate.verdict {
        GateVerdict::Inconclusive => "not judged".to_owned(),
        _ => format!("up to {allowed:.2} × passes"),
    };
    let _ = writeln!(
        text,
        "  {} benchmark: {} the reference's time, {passes}",
        paint(style, mark),
        paint(STRONG, format!("{slower:.2} ×")),
    );
    // Where the rounds say everything, the score says nothing.
    if gate.high - gate.low < SPREAD_MAX {
        let _ = writeln!(
            text,
            "      score {:.2} ({:.2} to {:.2}), the bar is {:.2}; 0 is naive, 1 the reference, in factors",
            gate.score, gate.low, gate.high, gate.bar
        );
    }
    text.push_str(&bars(gate));
    // Two runs of the same code differ by less than this.
    if gate.verdict == GateVerdict::Passed && gate.low > 1.05 {
        let _ = writeln!(text, "      {}", paint(GOOD, "faster than the reference: well done"));
    }
}

/// The three times, from zero.
fn bars(gate: &GateReport) -> String {
    let sides =
        [("naive", gate.naive_ns), ("yours", gate.yours_ns), ("reference", gate.reference_ns)];
    // The label and the time take 29 columns.
    let room = (columns() as f64 - 31.0).clamp(0.0, 40.0);
    let most = sides.iter().map(|(_, time)| *time).fold(0.0, f64::max);
    let width = |time: f64| 1 + (time / most * room) as usize;
    sides
        .iter()
        .map(|&(label, time)| {
            format!("      {label:<10} {:>10}  {}\n", duration(time), "▆".repeat(width(time)))
        })
        .collect()
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        1e6.. => format!("{:.2} ms", nanoseconds / 1e6),
        1e3.. => format!("{:.2} µs", nanoseconds / 1e3),
        _ => format!("{nanoseconds:.1} ns"),
    }
}

/// What to do something about.
fn what_to_fix(text: &mut String, exercise: &ExerciseReport, lesson: &Lesson, all: bool) {
    if let Some(error) = &exercise.compile_error {
        let place = format!("{}:{}:{}", error.file, error.line, error.column);
        let _ = writeln!(text, "{} {place}\n", paint(BAD, "does not compile"));
        text.push_str(&cut(&error.rendered, 40, ""));
        if ["/tests/", "/benches/", "/src/bin/"].iter().any(|it| error.file.contains(it)) {
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
    let mut failed: Vec<_> = exercise.tests.iter().filter(|test| test.outcome.failed()).collect();
    failed.sort_by_key(|test| test.outcome == Outcome::NotStarted);
    if failed.is_empty() {
        gate_advice(text, exercise, lesson);
    }
    for test in failed.iter().take(if all { usize::MAX } else { 1 }) {
        test_lines(text, test);
    }
    let begun = failed.iter().filter(|test| test.outcome != Outcome::NotStarted).count();
    if begun > 1 && !all {
        let command = format!("cargo xtask check {} --all", exercise.exercise);
        let _ = writeln!(
            text,
            "{} {}",
            paint(FAINT, "(every failure in full:"),
            paint(COMMAND, command) + &paint(FAINT, ")")
        );
    }
    if let Some(advice) = &exercise.advice {
        // Slow code is slow for many reasons.
        let may_be = if failed.is_empty() {
            "As slow as a known mistake, and perhaps not this one:"
        } else {
            "This may be a known mistake:"
        };
        let _ = writeln!(text, "\n{} {}", paint(STRONG, may_be), advice.title);
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

fn gate_advice(text: &mut String, exercise: &ExerciseReport, lesson: &Lesson) {
    let Some(gate) = &exercise.gate else { return };
    match (&gate.reason, gate.verdict) {
        (Some(reason), _) => {
            let _ = writeln!(text, "{} {reason}", paint(UNSURE, "inconclusive"));
            text.push_str("  The tests passed, and this blocks nothing; close what else is running to have it judged.\n");
        }
        (None, GateVerdict::Failed) => {
            let _ = writeln!(text, "{} correct, and not fast enough", paint(BAD, "too slow"));
            let id = exercise.exercise.split_once('/').map_or("", |(_, id)| id);
            let gate = lesson.exercise(id).and_then(|exercise| exercise.gate.as_ref());
            if let Some(gate) = gate {
                text.push_str(&wrapped(&gate.advice, "  "));
            }
        }
        (None, _) => {}
    }
}

fn references(text: &mut String, exercise: &ExerciseReport, lesson: &Lesson) {
    if !exercise.references.is_empty() && exercise.references.len() < lesson.exercises.len() {
        let list = exercise.references.join(", ");
        let line = format!("(the reference stands in for what does not pass as it is: {list})");
        let _ = writeln!(text, "{}", paint(FAINT, line));
    }
}

/// The one exercise that was checked, if it has a benchmark that was left out.
fn untimed<'a>(report: &'a Report, lesson: &Lesson) -> Option<&'a str> {
    let [exercise] = &report.exercises[..] else { return None };
    let (_, id) = exercise.exercise.split_once('/')?;
    let has_gate = lesson.exercise(id).is_some_and(|exercise| exercise.gate.is_some());
    let left_out = exercise.verdict == Verdict::Passed && exercise.gate.is_none() && has_gate;
    left_out.then_some(exercise.exercise.as_str())
}

/// The next command.
#[must_use]
pub fn next(report: &Report, workbook: &Workbook, lesson: &Lesson, watched: bool) -> String {
    let mut text = String::new();
    let Some(exercise) =
        to_fix(report).filter(|exercise| exercise.verdict != Verdict::Inconclusive)
    else {
        if let Some(name) = untimed(report, lesson) {
            let command = paint(COMMAND, format!("cargo xtask check {name}"));
            let _ = writeln!(text, "The tests pass. What is left is the benchmark: {command}");
        } else if !report.solution {
            text.push_str(&crate::next::after(workbook, lesson, &report.target));
        }
        return text;
    };
    if exercise.verdict == Verdict::Environment || report.solution {
        return text;
    }
    let name = &exercise.exercise;
    let id = name.split_once('/').map_or("", |(_, id)| id);
    let files: Vec<_> = lesson
        .exercise(id)
        .map(|exercise| starter::files_to_write(&workbook.root, lesson, exercise))
        .unwrap_or_default()
        .iter()
        .map(|file| lesson.path().join(file).display().to_string())
        .collect();
    let files = files.join(" and ");
    if watched {
        let _ = writeln!(text, "Edit {files}: it is checked when you save.");
        return text;
    }
    let _ = writeln!(text, "Edit {files}, then");
    let _ = writeln!(text, "  {}", paint(COMMAND, format!("cargo xtask check {name}")));
    let _ = writeln!(text, "Stuck? {}", paint(COMMAND, format!("cargo xtask hint {name}")));
    text
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
