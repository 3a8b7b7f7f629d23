//! Telling the kinds of failure apart, from what a test's process printed and how it ended.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use super::keeper::MEMORY_BYTES_MAX;
use super::report::{Outcome, TestReport};
use super::sandbox::Ended;

/// How a test says that it was skipped; the crate `witness` prints it.
pub(crate) const SKIPPED: &str = "witness: skipped: ";

/// How a panic's message begins when the machine is at fault; the crate `witness` writes it.
const ENVIRONMENT: &str = "witness: environment: ";

/// How a panic's message begins when the crate `witness` noticed a mistake in the middle of the learner's code.
const WRONG: &str = "witness: wrong: ";

/// How much of a line of a test's message the report keeps.
const LINE_CHARS_MAX: usize = 400;

/// How much of what a test printed the report keeps: its end.
const OUTPUT_CHARS_MAX: usize = 4000;

/// One panic, as the standard library prints it.
#[derive(Debug, PartialEq, Eq)]
struct Panic<'a> {
    thread: &'a str,
    location: &'a str,
    message: String,
}

/// What became of a test.
#[must_use]
pub fn report(name: &str, ended: &Ended, limit: Duration, lesson: &Path) -> TestReport {
    let (panics, mut printed) = panics(&ended.stderr);
    // Behind the test's own output libtest lists what failed.
    let stdout = ended.stdout.split("\nfailures:\n").next().unwrap_or_default();
    let heading = format!("test {name} ... ");
    let stdout: Vec<_> = stdout
        .lines()
        .map(|line| line.strip_prefix(&heading).unwrap_or(line))
        .filter(|line| !by_libtest(line))
        .collect();
    printed.splice(..0, stdout);
    let (outcome, message, location) = classify(name, ended, &panics, limit, lesson);
    TestReport {
        name: name.to_owned(),
        outcome,
        seconds: ended.time.as_secs_f64(),
        message,
        location,
        output: cut_lines(&tail(printed.join("\n").trim())),
        // What is not written yet explains itself.
        threads: if outcome == Outcome::NotStarted { Vec::new() } else { ended.autopsy.clone() },
    }
}

fn classify(
    name: &str,
    ended: &Ended,
    panics: &[Panic<'_>],
    limit: Duration,
    lesson: &Path,
) -> (Outcome, String, Option<String>) {
    let not_started = panics.iter().find(|panic| panic.message.starts_with("not yet implemented"));
    if let Some(panic) = not_started {
        let task = panic.message.strip_prefix("not yet implemented: ").unwrap_or(&panic.message);
        return (Outcome::NotStarted, task.to_owned(), Some(panic.location.to_owned()));
    }
    let Some(status) = ended.status else {
        let message = format!("still running after {} s", limit.as_secs());
        return (Outcome::Hung, message, None);
    };
    if let Some(panic) = panics.iter().find(|panic| panic.message.starts_with(ENVIRONMENT)) {
        let message = panic.message[ENVIRONMENT.len()..].to_owned();
        return (Outcome::Environment, message, Some(panic.location.to_owned()));
    }
    if let Some(message) = died(status, ended) {
        // A panic on the way down explains it better than the signal.
        return match panics.first() {
            Some(panic) => {
                let message = format!("{}\n{message}", panic.message);
                (Outcome::Panicked, message, Some(panic.location.to_owned()))
            }
            None => (Outcome::Panicked, message, None),
        };
    }
    // A panic on the test's own thread is the verdict; another thread's explains it, and comes first in time.
    if !status.success() {
        let in_code = panics.iter().find(|panic| in_learners_code(panic.location, lesson));
        if let Some(panic) = panics.iter().find(|panic| panic.message.starts_with(WRONG)) {
            let message = panic.message[WRONG.len()..].to_owned();
            // What the learner's code has panicked with, and a test has caught, is where to look.
            let location = in_code.unwrap_or(panic).location.to_owned();
            return (Outcome::Wrong, message, Some(location));
        }
        let in_test = panics.iter().find(|panic| panic.thread == name);
        let (outcome, panic) = match (in_code, in_test.or(panics.first())) {
            (Some(panic), _) => (Outcome::Panicked, panic),
            (None, Some(panic)) => (Outcome::Wrong, panic),
            (None, None) => {
                let message = format!("the test failed without a panic ({status})");
                return (Outcome::Wrong, message, None);
            }
        };
        let message = match outcome {
            Outcome::Wrong => compared(&panic.message),
            _ => panic.message.clone(),
        };
        return (outcome, message, Some(panic.location.to_owned()));
    }
    if !ended.stdout.contains("test result: ok. 1 passed") {
        let message = "your code ended the process (`std::process::exit`) before the test was over";
        return (Outcome::Panicked, message.to_owned(), None);
    }
    if !ended.left.is_empty() {
        let message = format!("it left processes running: {} (ended now)", ended.left.join(", "));
        return (Outcome::Wrong, message, None);
    }
    match ended.stderr.lines().find_map(|line| line.strip_prefix(SKIPPED)) {
        Some(why) => (Outcome::Skipped, why.to_owned(), None),
        None => (Outcome::Passed, String::new(), None),
    }
}

/// A test's `assert_eq!` in the words of this course, whose tests put what the code gave on the left. Values of which
/// nobody would read the end are cut.
fn compared(message: &str) -> String {
    let Some(rest) = message.strip_prefix("assertion `left == right` failed") else {
        return cut_lines(message);
    };
    let said = rest.strip_prefix(": ").unwrap_or(rest);
    let said = said.replace("\n  left: ", "\n  got:      ").replace("\n right: ", "\n  expected: ");
    cut_lines(said.trim_start_matches('\n'))
}

/// No line is longer than anybody reads.
fn cut_lines(message: &str) -> String {
    let cut = |line: &str| match line.char_indices().nth(LINE_CHARS_MAX) {
        None => line.to_owned(),
        Some((end, _)) => {
            format!("{} … ({} more)", &line[..end], line[end..].chars().count())
        }
    };
    message.lines().map(cut).collect::<Vec<_>>().join("\n")
}

/// What a process says that did not end by itself, or not as libtest ends one.
fn died(status: ExitStatus, ended: &Ended) -> Option<String> {
    if ended.stderr.contains("memory allocation of ") && ended.stderr.contains(" bytes failed") {
        let gib = MEMORY_BYTES_MAX >> 30;
        return Some(format!("it asked for more memory than a test may have ({gib} GiB)"));
    }
    if ended.stderr.contains("has overflowed its stack") {
        return Some(
            "it overflowed its stack: does a function call itself without end?".to_owned(),
        );
    }
    match status.signal() {
        Some(signal) => Some(format!("the process was ended by signal {signal}{}", name(signal))),
        // 101 is libtest's own for a failed test.
        None => match status.code() {
            Some(0 | 101) | None => None,
            Some(code) => Some(format!("your code ended the process with `exit({code})`")),
        },
    }
}

fn name(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL: out of memory?)",
        11 => " (SIGSEGV: memory that is not yours)",
        13 => " (SIGPIPE)",
        _ => "",
    }
}

/// Programs that tests start are the course's.
fn in_learners_code(location: &str, lesson: &Path) -> bool {
    let (location, sources) = (Path::new(location), lesson.join("src"));
    location.starts_with(&sources) && !location.starts_with(sources.join("bin"))
}

/// Every panic in what a process wrote to its standard error, and the other lines. The format is
/// `library/std/src/panicking.rs`'s, of the pinned toolchain: `thread 'NAME' (ID) panicked at FILE:LINE:COLUMN:`, the
/// message, and behind the first one a note.
fn panics(stderr: &str) -> (Vec<Panic<'_>>, Vec<&str>) {
    let mut panics: Vec<Panic<'_>> = Vec::new();
    let mut printed = Vec::new();
    let mut in_message = false;
    for line in stderr.lines() {
        if let Some((thread, location)) = heading(line) {
            panics.push(Panic { thread, location, message: String::new() });
            in_message = true;
        } else if line.starts_with("note: run with `RUST_BACKTRACE") {
            in_message = false;
        } else if let (true, Some(panic)) = (in_message, panics.last_mut()) {
            panic.message.push_str(line);
            panic.message.push('\n');
        } else {
            printed.push(line);
        }
    }
    for panic in &mut panics {
        panic.message.truncate(panic.message.trim_end().len());
    }
    (panics, printed)
}

/// The thread and the place in a panic's first line.
fn heading(line: &str) -> Option<(&str, &str)> {
    let rest = line.get(line.find("thread '")? + "thread '".len()..)?;
    let (thread, rest) = rest.split_once('\'')?;
    let (_, location) = rest.split_once("panicked at ")?;
    Some((thread, location.strip_suffix(':')?))
}

/// Whether libtest, and not the code under test, printed a line.
fn by_libtest(line: &str) -> bool {
    ["", "FAILED", "ok", "running 1 test"].contains(&line) || line.starts_with("test result: ")
}

fn tail(text: &str) -> String {
    let surplus = text.chars().count().saturating_sub(OUTPUT_CHARS_MAX);
    text.chars().skip(surplus).collect()
}
