//! One file for each command. Each returns the runner's exit status; an error is exit status 2.

pub mod book;
pub mod check;
pub mod doctor;
pub mod hint;
pub mod lab;
pub mod list;
pub mod load;
pub mod measure;
pub mod predict;
pub mod reset;
pub mod serve;
pub mod solution;
pub mod starters;
pub mod test;
pub mod trace;
pub mod watch;

use std::error::Error;
use std::{fmt, io};

use crate::check::report::Verdict;
use crate::difference::CompareError;
use crate::starter::DeriveError;
use crate::state::{State, StateError, Store};
use crate::target::{self, Target};
use crate::workbook::{Exercise, Lesson, Workbook};

/// What every command returns.
pub type Outcome = Result<u8, Box<dyn Error>>;

/// Why a command that was typed rightly could not be carried out: exit status 4.
#[derive(Debug)]
pub struct Unable(pub String);

impl fmt::Display for Unable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Unable {}

/// The runner's exit status for an error: 4 for what the reader cannot help, 2 for what was typed.
#[must_use]
pub fn exit_status(error: &(dyn Error + 'static)) -> u8 {
    let environment = error.is::<Unable>()
        || error.is::<io::Error>()
        || error.is::<StateError>()
        || error.is::<DeriveError>()
        || error.is::<CompareError>();
    if environment { Verdict::Environment.exit_status() } else { 2 }
}

/// Remembers a change, or says why not.
pub(crate) fn remember(workbook: &Workbook, change: impl FnOnce(&mut State)) {
    match Store::new(&workbook.root).update(change) {
        Ok(None) => {}
        Ok(Some(aside)) => complain(&aside.to_string()),
        Err(error) => complain_of(&error),
    }
}

/// What is remembered, or nothing and a complaint.
pub(crate) fn state(workbook: &Workbook) -> State {
    Store::new(&workbook.root).read().unwrap_or_else(|error| {
        complain_of(&error);
        State::default()
    })
}

/// Says on the standard error what does not stop the command.
pub(crate) fn complain(complaint: &str) {
    anstream::eprintln!("{}{complaint}", crate::paint::paint(crate::paint::UNSURE, "note: "));
}

fn complain_of(error: &StateError) {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    complain(&format!("{error}{cause}"));
}

/// The part of the course that was named, or the next exercise.
pub(crate) fn target_or_next<'a>(
    workbook: &'a Workbook,
    text: Option<&str>,
) -> Result<Target<'a>, Box<dyn Error>> {
    if let Some(text) = text {
        return Ok(target::exercise(workbook, text)?);
    }
    let (lesson, exercise) = crate::next::exercise(workbook, &state(workbook))
        .ok_or("everything has passed: name an exercise")?;
    Ok((lesson, Some(exercise)))
}

/// One exercise: the one that was named, or the next.
pub(crate) fn exercise_or_next<'a>(
    workbook: &'a Workbook,
    text: Option<&str>,
) -> Result<(&'a Lesson, &'a Exercise), Box<dyn Error>> {
    match target_or_next(workbook, text)? {
        (lesson, Some(exercise)) => Ok((lesson, exercise)),
        (lesson, None) => {
            let ids: Vec<_> = lesson.exercises.iter().map(Exercise::id).collect();
            let name = lesson.name();
            Err(format!("name one exercise: {name}/{}", ids.join(&format!(", {name}/"))).into())
        }
    }
}

/// `lesson-1/frame`.
pub(crate) fn name_of(lesson: &Lesson, exercise: &Exercise) -> String {
    format!("{}/{}", lesson.name(), exercise.id())
}
