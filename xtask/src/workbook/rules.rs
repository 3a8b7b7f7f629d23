//! What TOML's types cannot say about a table of contents.

use serde::Deserialize;
use toml::Spanned;

use super::{Exercise, Experiment, Lab, Lesson, Parameter, Workbook};

/// Where in the text, in bytes, and what is not allowed there.
type Mistake = (usize, String);

/// The first mistake, if there is one.
pub(super) fn check(workbook: &Workbook, text: &str) -> Result<(), Mistake> {
    for (position, lesson) in workbook.lessons.iter().enumerate() {
        let number = *lesson.number.get_ref();
        if workbook.lessons[..position].iter().any(|other| *other.number.get_ref() == number) {
            return Err((
                lesson.number.span().start,
                format!("lesson {number} stands here twice (numbers are unique)"),
            ));
        }
        let directory = lesson.directory.get_ref();
        if !directory.starts_with(&format!("lesson-{number}-")) || !plain(directory) {
            let rule = format!(
                "directory `{directory}` is not allowed (it is `lesson-{number}-` and a word)"
            );
            return Err((lesson.directory.span().start, rule));
        }
        check_lesson(lesson)?;
    }
    for (position, coming) in workbook.coming.iter().enumerate() {
        let before = workbook.coming[..position].iter().map(|other| other.number);
        if before.chain(workbook.lessons.iter().map(Lesson::number)).any(|n| n == coming.number) {
            let message =
                format!("lesson {} stands here twice (numbers are unique)", coming.number);
            return Err((place_of_coming(text, position), message));
        }
    }
    Ok(())
}

fn check_lesson(lesson: &Lesson) -> Result<(), Mistake> {
    let exercises = lesson.exercises.iter().map(|exercise| ("exercise", &exercise.id));
    let labs = lesson.labs.iter().map(|lab| ("lab", &lab.id));
    let predictions = lesson.predictions.iter().map(|each| ("prediction", &each.id));
    let traces = lesson.traces.iter().map(|trace| ("trace", &trace.id));
    let mut seen = Vec::new();
    for (what, id) in exercises.chain(labs).chain(predictions).chain(traces) {
        if !plain(id.get_ref()) {
            let rule = format!(
                "{what} id `{}` is not allowed (lower-case letters, digits, `-` and `_`)",
                id.get_ref()
            );
            return Err((id.span().start, rule));
        }
        if seen.contains(&(what, id.get_ref())) {
            return Err((
                id.span().start,
                format!("{what} `{}` stands here twice (ids are unique)", id.get_ref()),
            ));
        }
        seen.push((what, id.get_ref()));
    }
    for exercise in &lesson.exercises {
        check_exercise(exercise, lesson)?;
    }
    let of_rung = lesson.rung.iter().flat_map(|rung| &rung.uses);
    let experiments = lesson.labs.iter().chain(&lesson.traces);
    for used in of_rung.chain(experiments.clone().flat_map(|each| &each.uses)) {
        check_use(used, lesson)?;
    }
    experiments.into_iter().try_for_each(check_parameters)
}

fn check_use(used: &Spanned<String>, lesson: &Lesson) -> Result<(), Mistake> {
    if lesson.exercise(used.get_ref()).is_some() {
        return Ok(());
    }
    let known: Vec<_> = lesson.exercises.iter().map(Exercise::id).collect();
    let used_name = used.get_ref();
    let rule =
        format!("exercise `{used_name}` is not in this lesson (it has: {})", known.join(", "));
    Err((used.span().start, rule))
}

fn check_exercise(exercise: &Exercise, lesson: &Lesson) -> Result<(), Mistake> {
    if exercise.hints.len() < 2 {
        return Err((
            exercise.id.span().start,
            format!("exercise `{}` has fewer than two hints", exercise.id()),
        ));
    }
    if let Some(gate) = &exercise.gate
        && !(0.1..=1.0).contains(gate.bar.get_ref())
    {
        return Err((
            gate.bar.span().start,
            format!("bar {} is not allowed (from 0.1 to 1.0)", gate.bar.get_ref()),
        ));
    }
    if let Some(predict) = &exercise.predict
        && lesson.lab(predict.lab.get_ref()).is_none()
    {
        let known: Vec<_> = lesson.labs.iter().map(Lab::id).collect();
        let rule = format!(
            "lab `{}` is not in this lesson (it has: {})",
            predict.lab.get_ref(),
            known.join(", ")
        );
        return Err((predict.lab.span().start, rule));
    }
    Ok(())
}

fn check_parameters(experiment: &Experiment) -> Result<(), Mistake> {
    for (position, parameter) in experiment.parameters.iter().enumerate() {
        let Parameter { name, default, min, max, .. } = parameter;
        let mut before = experiment.parameters[..position].iter();
        let rule = if before.any(|other| other.name.get_ref() == name.get_ref()) {
            format!("parameter `{}` stands here twice (names are unique)", name.get_ref())
        } else if !(min..=max).contains(&default) {
            format!("default {default} is outside {min}..={max}")
        } else {
            continue;
        };
        return Err((name.span().start, rule));
    }
    Ok(())
}

/// Whether a name is safe as a file name, a Cargo target and an argument.
fn plain(name: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(allowed)
}

/// Where the number of that announced lesson stands.
fn place_of_coming(text: &str, position: usize) -> usize {
    #[derive(Deserialize)]
    struct Announced {
        coming: Vec<Number>,
    }
    #[derive(Deserialize)]
    struct Number {
        number: Spanned<u32>,
    }
    let announced = toml::from_str::<Announced>(text).ok();
    announced.map_or(0, |announced| announced.coming[position].number.span().start)
}
