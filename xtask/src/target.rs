//! What a reader may type for a part of the course: `lesson-1`, `1`, `lesson-1/frame`, `1/fr`, `frame`, or, for
//! editors, a file of it: `lessons/lesson-1-networking/src/frame.rs`.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use crate::workbook::{Exercise, Experiment, Lab, Lesson, Trace, Workbook};

/// A name that stands for nothing, or for more than one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError {
    message: String,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TargetError {}

/// A lesson, and the exercise in it if one was named.
pub type Target<'a> = (&'a Lesson, Option<&'a Exercise>);

/// The lesson or exercise that `text` names.
///
/// # Errors
///
/// There is none of that name; the message proposes the nearest.
pub fn exercise<'a>(workbook: &'a Workbook, text: &str) -> Result<Target<'a>, TargetError> {
    if let Some(target) = owner(workbook, Path::new(text)) {
        return Ok(target);
    }
    match text.split_once('/') {
        None => match (by_id(workbook, text).as_slice(), lab_named(workbook, text)) {
            (&[(lesson, exercise)], _) => Ok((lesson, Some(exercise))),
            (&[_, _, ..], _) => {
                let lessons = by_id(workbook, text).into_iter().map(|(lesson, _)| lesson);
                Err(several("exercise", text, lessons))
            }
            (_, Some(message)) => Err(TargetError { message }),
            (_, None) => match lesson(workbook, text) {
                Ok(lesson) => Ok((lesson, None)),
                Err(error) => Err(misspelt(workbook, text).unwrap_or(error)),
            },
        },
        Some((lesson_name, name)) => {
            let lesson = lesson(workbook, lesson_name)?;
            let found = find("exercise", lesson, &lesson.exercises, Exercise::id, name);
            match (found, lab_named(workbook, name)) {
                (Ok(exercise), _) => Ok((lesson, Some(exercise))),
                (Err(_), Some(message)) => Err(TargetError { message }),
                (Err(error), None) => Err(error),
            }
        }
    }
}

/// The exercise that is meant by something that is nearly its id.
fn misspelt(workbook: &Workbook, text: &str) -> Option<TargetError> {
    let names: Vec<_> = workbook.exercises().map(|(_, exercise)| exercise.id()).collect();
    let [name] = similar::get_close_matches(text, &names, 1, 0.6)[..] else { return None };
    let message = format!("`{text}` is no exercise and no lesson (did you mean `{name}`?)");
    Some(TargetError { message })
}

/// A name that several lessons have.
fn several<'a>(what: &str, text: &str, of: impl Iterator<Item = &'a Lesson>) -> TargetError {
    let names: Vec<_> = of.map(|lesson| format!("`{}/{text}`", lesson.name())).collect();
    TargetError { message: format!("`{text}` names more than one {what}: {}", names.join(", ")) }
}

/// Every exercise of that id: in the whole course there may be two.
fn by_id<'a>(workbook: &'a Workbook, id: &str) -> Vec<(&'a Lesson, &'a Exercise)> {
    workbook.exercises().filter(|(_, exercise)| exercise.id() == id).collect()
}

/// What to type when it is a lab or a trace that was named.
fn lab_named(workbook: &Workbook, id: &str) -> Option<String> {
    let has = |lesson: &&Lesson| lesson.lab(id).is_some() || lesson.trace(id).is_some();
    let lesson = workbook.lessons.iter().find(has)?;
    let what = if lesson.lab(id).is_some() { "lab" } else { "trace" };
    Some(format!("`{id}` is a {what}: `cargo xtask {what} {}/{id}`", lesson.name()))
}

/// The part of the course that a file belongs to: the exercise whose source, tests or bench it is, or its lesson.
fn owner<'a>(workbook: &'a Workbook, path: &Path) -> Option<Target<'a>> {
    if path.extension()? != "rs" {
        return None;
    }
    let path = path.strip_prefix(&workbook.root).unwrap_or(path);
    let lesson = workbook.lessons.iter().find(|lesson| path.starts_with(lesson.path()))?;
    let name = |part: &OsStr| Some(part.to_str()?.trim_end_matches(".rs").to_owned());
    let inside = path.strip_prefix(lesson.path()).ok()?;
    let id = inside.iter().nth(1).and_then(name);
    Some((lesson, id.and_then(|id| lesson.exercise(&id))))
}

/// The lab that `text` names.
///
/// # Errors
///
/// As [`exercise`].
pub fn lab<'a>(workbook: &'a Workbook, text: &str) -> Result<(&'a Lesson, &'a Lab), TargetError> {
    experiment(workbook, "lab", |lesson| &lesson.labs, text)
}

/// The trace that `text` names.
///
/// # Errors
///
/// As [`exercise`].
pub fn trace<'a>(
    workbook: &'a Workbook,
    text: &str,
) -> Result<(&'a Lesson, &'a Trace), TargetError> {
    experiment(workbook, "trace", |lesson| &lesson.traces, text)
}

fn experiment<'a>(
    workbook: &'a Workbook,
    what: &str,
    of: impl Fn(&'a Lesson) -> &'a [Experiment],
    text: &str,
) -> Result<(&'a Lesson, &'a Experiment), TargetError> {
    if let Some((lesson_name, name)) = text.split_once('/') {
        let lesson = lesson(workbook, lesson_name)?;
        return Ok((lesson, find(what, lesson, of(lesson), Experiment::id, name)?));
    }
    let all =
        workbook.lessons.iter().flat_map(|lesson| of(lesson).iter().map(move |one| (lesson, one)));
    let all: Vec<_> = all.collect();
    let of_id: Vec<_> = all.iter().filter(|(_, one)| one.id() == text).collect();
    match of_id[..] {
        [found] => return Ok(*found),
        [_, _, ..] => return Err(several(what, text, of_id.iter().map(|(lesson, _)| *lesson))),
        [] => {}
    }
    let names = all.iter().map(|(lesson, one)| format!("{}/{}", lesson.name(), one.id()));
    let names: Vec<_> = names.collect();
    let ids: Vec<_> = all.iter().map(|(_, one)| one.id()).collect();
    let proposal = match similar::get_close_matches(text, &ids, 1, 0.5)[..] {
        [id, ..] => format!("did you mean `{id}`?"),
        [] => format!("there are: {}", names.join(", ")),
    };
    Err(TargetError { message: format!("`{text}` names no {what} ({proposal})") })
}

/// The lesson that `text` names: its number, `lesson-N`, its package, or the beginning of one of them.
///
/// # Errors
///
/// As [`exercise`].
pub fn lesson<'a>(workbook: &'a Workbook, text: &str) -> Result<&'a Lesson, TargetError> {
    let number = text.parse::<u32>().ok();
    let named = |lesson: &&Lesson| {
        Some(lesson.number()) == number || lesson.name() == text || lesson.package() == text
    };
    if let Some(lesson) = workbook.lessons.iter().find(named) {
        return Ok(lesson);
    }
    let begins = |lesson: &&Lesson| !text.is_empty() && lesson.package().starts_with(text);
    let candidates: Vec<_> = workbook.lessons.iter().filter(begins).collect();
    if let [lesson] = candidates[..] {
        return Ok(lesson);
    }
    let coming = workbook.coming.iter().find(|coming| {
        Some(coming.number) == number || format!("lesson-{}", coming.number) == text
    });
    if let Some(coming) = coming {
        let message = format!("lesson {} ({}) is not written yet", coming.number, coming.title);
        return Err(TargetError { message });
    }
    let names: Vec<_> = workbook.lessons.iter().map(Lesson::name).collect();
    Err(unknown("lesson", text, &names.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn find<'a, T>(
    what: &str,
    lesson: &Lesson,
    all: &'a [T],
    id: impl Fn(&T) -> &str,
    text: &str,
) -> Result<&'a T, TargetError> {
    if let Some(found) = all.iter().find(|item| id(item) == text) {
        return Ok(found);
    }
    let begins = |item: &&T| !text.is_empty() && id(item).starts_with(text);
    let candidates: Vec<_> = all.iter().filter(begins).collect();
    match candidates[..] {
        [found] => Ok(found),
        _ => {
            let names: Vec<_> = all.iter().map(id).collect();
            Err(unknown(&format!("{what} of {}", lesson.name()), text, &names))
        }
    }
}

fn unknown(what: &str, text: &str, known: &[&str]) -> TargetError {
    let proposal = match similar::get_close_matches(text, known, 1, 0.5)[..] {
        [name, ..] => format!("did you mean `{name}`?"),
        [] => format!("there are: {}", known.join(", ")),
    };
    TargetError { message: format!("`{text}` is no {what} ({proposal})") }
}
