//! What a chapter asks for: `{{#name arguments}}`.
//!
//! | directive | where | becomes |
//! | --- | --- | --- |
//! | `{{#include PATH}}`, `{{#include PATH:ANCHOR}}` | a line of a fenced code block | the lines of a file below the workspace root |
//! | `{{#figure NAME}}` | a line of its own | `book/figures/NAME.svg`, inline |
//! | `{{#exercise lesson-1/frame}}` | a line of its own | the exercise's panel |
//! | `{{#lab lesson-1/nagle}}` | a line of its own | the lab, with what it measured |
//! | `{{#predict lesson-1/segments}}` | a line of its own | a number to write down: a prediction's, or an exercise's |
//! | `{{#trace lesson-1/nagle}}` | a line of its own | the picture of `book/traces/lesson-1/nagle.jsonl`, which can be played |
//! | `{{#trace lesson-1/nagle figure=NAME}}` | a line of its own | with a figure whose groups light up |
//! | `{{#measured lesson-1/nagle}}` | a line of its own | the table `book/recorded/lesson-1/nagle.json` |
//! | `{{#quiz lesson-1/echo}}` | a line of its own | the questions of `book/quizzes/lesson-1/echo.toml`, their answers folded |
//! | `{{#value lesson-1/nagle:ROW.COLUMN}}` | in a sentence or in code | one number of it with its unit |
//! | `{{#lesson lesson-1}}` | a line of its own | the tables of its exercises and labs |
//! | `{{#next}}` | a line of its own | where the reader is and what comes next |
//! | `{{#coming}}` | a line of its own | the lessons that are not written yet |
//!
//! A backslash in front, `\{{#figure x}}`, shows the directive instead.

use std::ops::Range;

use crate::suggest;

const NAMES: [&str; 12] = [
    "include", "figure", "exercise", "lab", "trace", "predict", "measured", "quiz", "value",
    "lesson", "next", "coming",
];

/// A directive as it stands in a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'a> {
    /// Its bytes in the chapter.
    pub range: Range<usize>,
    /// With its braces.
    pub text: &'a str,
    /// What it asks for, or what is wrong with it.
    pub wish: Result<Wish<'a>, String>,
}

/// What a directive asks for. Names are well formed; whether there is such a thing is not known
/// yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish<'a> {
    /// Lines of a file.
    Include {
        /// From the workspace root.
        path: &'a str,
        /// The region, or the whole file.
        anchor: Option<&'a str>,
    },
    /// A drawing.
    Figure(&'a str),
    /// An exercise's panel.
    Exercise(Name<'a>),
    /// A lab and its table.
    Lab(Name<'a>),
    /// A number to write down before it is shown.
    Predict(Name<'a>),
    /// A recorded trace.
    Trace {
        /// Which.
        name: Name<'a>,
        /// The drawing that it plays in, too.
        figure: Option<&'a str>,
    },
    /// A recorded table: a lab's, or one that has no lab.
    Measured(Name<'a>),
    /// The questions of a chapter.
    Quiz(Name<'a>),
    /// A cell of a recorded table.
    Value {
        /// Which table.
        table: Name<'a>,
        /// A row's key.
        row: &'a str,
        /// A column's key.
        column: &'a str,
    },
    /// The tables of a lesson, `lesson-1`.
    Lesson(&'a str),
    /// The next exercise.
    Next,
    /// The announced lessons.
    Coming,
}

/// An exercise, a lab, a table or a quiz: `lesson-1/frame`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    /// `lesson-1/frame`.
    pub full: &'a str,
    /// `lesson-1`; of a quiz, the folder of its chapter.
    pub lesson: &'a str,
    /// `frame`.
    pub id: &'a str,
}

/// Every directive of a chapter, in order.
#[must_use]
pub fn find(text: &str) -> Vec<Directive<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("{{").map(|at| from + at) {
        from = at + 2;
        let line = text[at..].lines().next().unwrap_or_default();
        let bare = line[2..].trim_start();
        let escaped = text[..at].ends_with('\\');
        if escaped || !(line.starts_with("{{#") || NAMES.iter().any(|name| calls(bare, name))) {
            continue;
        }
        let (directive, wish) = match line.find("}}") {
            Some(end) => (&line[..end + 2], parse(&line[2..end])),
            None => {
                (line, Err("malformed directive (it ends with `}}` on the same line)".to_owned()))
            }
        };
        from = at + directive.len();
        found.push(Directive { range: at..from, text: directive, wish });
    }
    found
}

/// Whether the text looks like a directive whose `#` was forgotten.
fn calls(text: &str, name: &str) -> bool {
    let text = text.strip_prefix('#').unwrap_or(text);
    text.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '}']))
}

fn parse(inner: &str) -> Result<Wish<'_>, String> {
    let Some(call) = inner.strip_prefix('#').filter(|call| !call.starts_with(' ')) else {
        return Err("malformed directive (it starts with `{{#`, without a space)".to_owned());
    };
    let (name, argument) = call.split_once(' ').unwrap_or((call, ""));
    let argument = argument.trim();
    let one = |shape: &str| match argument {
        "" => Err(format!("malformed directive (write `{{{{#{name} {shape}}}}}`)")),
        _ if argument.contains(char::is_whitespace) => Err(format!(
            "malformed directive: `{name}` takes one argument (write `{{{{#{name} {shape}}}}}`)"
        )),
        _ => Ok(argument),
    };
    match name {
        "include" => include(one("PATH:ANCHOR")?),
        "figure" => match one("NAME")? {
            name if plain(name) => Ok(Wish::Figure(name)),
            name => Err(format!(
                "figure `{name}` is not allowed (lower-case letters, digits and `-`, without `.svg`)"
            )),
        },
        "exercise" => Ok(Wish::Exercise(member(one("lesson-1/frame")?)?)),
        "lab" => Ok(Wish::Lab(member(one("lesson-1/nagle")?)?)),
        "predict" => Ok(Wish::Predict(member(one("lesson-1/segments")?)?)),
        "trace" => trace(argument),
        "measured" => Ok(Wish::Measured(member(one("lesson-1/nagle")?)?)),
        "quiz" => Ok(Wish::Quiz(member(one("lesson-1/echo")?)?)),
        "value" => value(one("lesson-1/nagle:ROW.COLUMN")?),
        "lesson" => Ok(Wish::Lesson(one("lesson-1")?)),
        "coming" if argument.is_empty() => Ok(Wish::Coming),
        "next" if argument.is_empty() => Ok(Wish::Next),
        "coming" | "next" => Err(format!(
            "malformed directive: `{name}` takes no argument (write `{{{{#{name}}}}}`)"
        )),
        _ => Err(format!("unknown directive `{name}` {}", suggest::choice(name, NAMES))),
    }
}

fn include(argument: &str) -> Result<Wish<'_>, String> {
    let Some((path, anchor)) = argument.rsplit_once(':') else {
        return Ok(Wish::Include { path: argument, anchor: None });
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if anchor.is_empty() || !anchor.bytes().all(allowed) {
        return Err(format!(
            "anchor `{anchor}` is not allowed (letters, digits, `_` and `-`; line numbers would drift)"
        ));
    }
    Ok(Wish::Include { path, anchor: Some(anchor) })
}

fn trace(argument: &str) -> Result<Wish<'_>, String> {
    let shape = "{{#trace lesson-1/nagle}}` or `{{#trace lesson-1/nagle figure=NAME}}";
    let mut words = argument.split_whitespace();
    let name = words.next().map(member).transpose()?;
    let figure = words.next().map(|word| word.strip_prefix("figure=").filter(|name| plain(name)));
    match (name, figure, words.next()) {
        (Some(name), None, None) => Ok(Wish::Trace { name, figure: None }),
        (Some(name), Some(Some(figure)), None) => Ok(Wish::Trace { name, figure: Some(figure) }),
        _ => Err(format!("malformed directive (write `{shape}`)")),
    }
}

/// A name of two parts.
pub(crate) fn member(argument: &str) -> Result<Name<'_>, String> {
    match argument.split_once('/') {
        Some((lesson, id)) if plain(lesson) && plain(id) => Ok(Name { full: argument, lesson, id }),
        _ => Err(format!("`{argument}` is not allowed (a lesson and a name: `lesson-1/frame`)")),
    }
}

fn value(argument: &str) -> Result<Wish<'_>, String> {
    let rule = || {
        format!(
            "`{argument}` is not allowed (a table, a row and a column: `lesson-1/nagle:nodelay.p50`)"
        )
    };
    let (table, cell) = argument.split_once(':').ok_or_else(rule)?;
    let (row, column) = cell.rsplit_once('.').ok_or_else(rule)?;
    if row.is_empty() || column.is_empty() {
        return Err(rule());
    }
    Ok(Wish::Value { table: member(table)?, row, column })
}

/// Whether it can be a part of a name.
pub(crate) fn plain(name: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    !name.is_empty() && name.bytes().all(allowed)
}
