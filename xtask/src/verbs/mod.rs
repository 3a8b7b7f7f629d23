//! One file for each command. Each returns the runner's exit status; an error is exit status 2.

pub mod book;
pub mod check;
pub mod doctor;
pub mod hint;
pub mod lab;
pub mod list;
pub mod measure;
pub mod reset;
pub mod serve;
pub mod solution;
pub mod starters;
pub mod test;
pub mod watch;

use crate::state::{State, Store};
use crate::target::{self, Target};
use crate::workbook::{Exercise, Lesson, Workbook};

/// What every command returns.
pub type Outcome = Result<u8, Box<dyn std::error::Error>>;

/// What is remembered, or nothing and a complaint.
pub(crate) fn state(workbook: &Workbook) -> State {
    Store::new(&workbook.root).read().unwrap_or_else(|error| {
        complain(&error.to_string());
        State::default()
    })
}

/// Says on the standard error what does not stop the command.
pub(crate) fn complain(complaint: &str) {
    anstream::eprintln!("{}{complaint}", crate::paint::paint(crate::paint::UNSURE, "note: "));
}

/// The part of the course that was named, or the next exercise.
pub(crate) fn target_or_next<'a>(
    workbook: &'a Workbook,
    text: Option<&str>,
) -> Result<Target<'a>, Box<dyn std::error::Error>> {
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
) -> Result<(&'a Lesson, &'a Exercise), Box<dyn std::error::Error>> {
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
