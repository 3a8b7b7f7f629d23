//! `/api/…`: what pages ask the server to do. Each request is a POST of a small JSON object from a page of this book,
//! which the [`guard`](super::guard) has made sure of.
//!
//! | path | asks | answers |
//! | --- | --- | --- |
//! | `check` | `{"exercise": "lesson-1/echo"}` | `{"run": 1}`, and `/events` tells the rest |
//! | `lab` | `{"lab": "lesson-1/nagle", "parameters": {"rounds": 100}}` | the same |
//! | `trace` | `{"trace": "lesson-1/handshake", "parameters": {}}` | the same |
//! | `cancel` | `{"run": 1}` | `{"cancelled": true}` |
//! | `report` | `{"exercise": …}` | `{"report": …}`: the last check's, or null |
//! | `hint` | `{"exercise": …, "shown": 2}` | `{}`: so many hints have been shown |
//! | `solution` | `{"exercise": …, "spoil": false}` | `{"files": …}`: the reader's beside the reference |
//! | `predict` | `{"prediction": "lesson-1/segments", "number": 4}` | `{"number": 4}`: the first one stays |
//! | `answer` | `{"question": "lesson-1/echo/zero", "answer": ["b"]}` | `{"right": true}` |
//!
//! What is named is looked up in `workbook.toml` and nowhere else, and never becomes part of a path or a command before
//! it has been found there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use hyper::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use xtask::check::report::Report;
use xtask::check::{Check, Options};
use xtask::difference;
use xtask::state::{self, Prediction, Store};
use xtask::status::Audience;
use xtask::workbook::{Exercise, Experiment, Lesson, Workbook};

use super::memory::Memory;
use super::runs::{Runs, StartError};
use crate::quiz;

/// Why something was not done, for the page to show.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) error: String,
}

type Answer = Result<Value, Refused>;

/// What requests act on.
#[derive(Debug)]
pub(super) struct Api {
    root: PathBuf,
    runs: Arc<Runs>,
    memory: Arc<Memory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckRequest {
    exercise: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabRequest {
    lab: String,
    #[serde(default)]
    parameters: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TraceRequest {
    trace: String,
    #[serde(default)]
    parameters: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelRequest {
    run: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HintRequest {
    exercise: String,
    shown: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SolutionRequest {
    exercise: String,
    #[serde(default)]
    spoil: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PredictRequest {
    prediction: String,
    number: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerRequest {
    question: String,
    answer: Vec<String>,
}

impl Api {
    pub(super) fn new(root: PathBuf, runs: Arc<Runs>, memory: Arc<Memory>) -> Self {
        Self { root, runs, memory }
    }

    /// Does what is asked. It reads and writes files, and may wait for another runner's lock.
    pub(super) fn answer(&self, path: &str, body: &[u8]) -> Answer {
        match path {
            "check" => self.check(&parse(body)?),
            "lab" => {
                let LabRequest { lab: name, parameters } = parse(body)?;
                let workbook = self.workbook()?;
                let (lesson, id) = split(&workbook, &name)?;
                let lab = lesson.lab(id).ok_or_else(|| unknown("lab", &name))?;
                self.experiment("lab", &name, lab, &parameters)
            }
            "trace" => {
                let TraceRequest { trace: name, parameters } = parse(body)?;
                let workbook = self.workbook()?;
                let (lesson, id) = split(&workbook, &name)?;
                let trace = lesson.trace(id).ok_or_else(|| unknown("trace", &name))?;
                self.experiment("trace", &name, trace, &parameters)
            }
            "cancel" => {
                let CancelRequest { run } = parse(body)?;
                Ok(json!({ "cancelled": self.runs.cancel(run) }))
            }
            "report" => self.report(&parse(body)?),
            "hint" => self.hint(&parse(body)?),
            "solution" => self.solution(&parse(body)?),
            "predict" => self.predict(&parse(body)?),
            "answer" => self.judge(&parse(body)?),
            _ => Err(refused(StatusCode::NOT_FOUND, "there is nothing of that name to ask for")),
        }
    }

    fn check(&self, request: &CheckRequest) -> Answer {
        let workbook = self.workbook()?;
        find_exercise(&workbook, &request.exercise)?;
        let what = json!({ "kind": "check", "name": request.exercise });
        self.start(what, &["check", &request.exercise, "--format", "events"])
    }

    /// A lab or a trace, with parameters that are in their ranges.
    fn experiment(
        &self,
        kind: &str,
        full: &str,
        experiment: &Experiment,
        parameters: &BTreeMap<String, u64>,
    ) -> Answer {
        let mut arguments = [kind, full, "--format", "events"].map(str::to_owned).to_vec();
        for (name, value) in parameters {
            let parameter = experiment.parameters.iter().find(|each| each.name.get_ref() == name);
            let parameter =
                parameter.ok_or_else(|| bad(&format!("there is no parameter `{name}`")))?;
            let (min, max) = (parameter.min, parameter.max);
            if !(min..=max).contains(value) {
                return Err(bad(&format!("{name} is a whole number from {min} to {max}")));
            }
            arguments.extend(["--set".to_owned(), format!("{name}={value}")]);
        }
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        self.start(json!({ "kind": kind, "name": full }), &arguments)
    }

    fn start(&self, what: Value, arguments: &[&str]) -> Answer {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        match self.runs.start(what, &arguments) {
            Ok(run) => Ok(json!({ "run": run })),
            Err(StartError::Busy(what)) => {
                let name = what["name"].as_str().unwrap_or_default();
                let error =
                    format!("{name} is running: one at a time, so that nothing disturbs its times");
                Err(refused(StatusCode::CONFLICT, &error))
            }
            Err(StartError::Io(error)) => {
                let error = format!("cannot start the runner: {error}");
                Err(refused(StatusCode::INTERNAL_SERVER_ERROR, &error))
            }
        }
    }

    fn report(&self, request: &CheckRequest) -> Answer {
        let workbook = self.workbook()?;
        let (lesson, exercise) = find_exercise(&workbook, &request.exercise)?;
        let options = Options { audience: Audience::Nobody, ..Options::default() };
        let last = Check::new(&workbook, lesson, Some(exercise), options).last(exercise);
        let report = last.map(|last| Report::of(lesson, vec![last], false).without_colours());
        Ok(json!({ "report": report }))
    }

    fn hint(&self, request: &HintRequest) -> Answer {
        let workbook = self.workbook()?;
        let (_, exercise) = find_exercise(&workbook, &request.exercise)?;
        let shown = request.shown.min(exercise.hints.len());
        self.remember(|state| {
            let progress = state.exercises.entry(request.exercise.clone()).or_default();
            progress.hints_shown = progress.hints_shown.max(shown);
        })?;
        Ok(json!({}))
    }

    fn solution(&self, request: &SolutionRequest) -> Answer {
        let workbook = self.workbook()?;
        let (lesson, exercise) = find_exercise(&workbook, &request.exercise)?;
        let state = Store::new(&self.root).read_understood().map_err(|error| broken(&error))?;
        if !request.spoil && state.exercise(&request.exercise).passed.is_none() {
            return Err(refused(StatusCode::CONFLICT, "it has not passed yet"));
        }
        let files = difference::of(&workbook, lesson, exercise).map_err(|error| broken(&error))?;
        Ok(json!({ "files": files }))
    }

    fn predict(&self, request: &PredictRequest) -> Answer {
        let PredictRequest { prediction: name, number } = request;
        if !(number.is_finite() && *number > 0.0) {
            return Err(bad("a prediction is a number above zero"));
        }
        let workbook = self.workbook()?;
        let (lesson, id) = split(&workbook, name)?;
        let mut kept = *number;
        if lesson.exercise(id).is_some_and(|exercise| exercise.predict.is_some()) {
            self.remember(|state| {
                let progress = state.exercises.entry(name.clone()).or_default();
                kept = *progress.predicted.get_or_insert(*number);
            })?;
        } else if lesson.prediction(id).is_some() {
            let first = Prediction { at: state::now(), number: *number };
            self.remember(|state| {
                kept = state.predictions.entry(name.clone()).or_insert(first).number;
            })?;
        } else {
            return Err(unknown("prediction", name));
        }
        Ok(json!({ "number": kept }))
    }

    /// Whether an answer is right is in the quiz's file, not in the page.
    fn judge(&self, request: &AnswerRequest) -> Answer {
        let AnswerRequest { question, answer } = request;
        let judged = quiz::judge(&self.root, question, answer);
        let right = judged.map_err(|error| refused(StatusCode::NOT_FOUND, &error))?;
        self.remember(|state| {
            let tries = state.answers.get(question).map_or(0, |before| before.tries) + 1;
            let now = state::Answer { at: state::now(), answer: answer.clone(), right, tries };
            state.answers.insert(question.clone(), now);
        })?;
        Ok(json!({ "right": right }))
    }

    fn workbook(&self) -> Result<Workbook, Refused> {
        Workbook::load(&self.root).map_err(|error| broken(&error))
    }

    fn remember(&self, change: impl FnOnce(&mut state::State)) -> Result<(), Refused> {
        self.memory.change(change).map_err(|error| broken(&error))
    }
}

fn refused(status: StatusCode, error: &str) -> Refused {
    Refused { status, error: error.to_owned() }
}

fn broken(error: &dyn std::error::Error) -> Refused {
    refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}

fn bad(error: &str) -> Refused {
    refused(StatusCode::BAD_REQUEST, error)
}

fn unknown(what: &str, name: &str) -> Refused {
    refused(StatusCode::NOT_FOUND, &format!("the workbook names no {what} `{name}`"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| bad(&format!("the request is malformed: {error}")))
}

/// The lesson that a name begins with, and what is behind it.
fn split<'a, 'b>(workbook: &'a Workbook, name: &'b str) -> Result<(&'a Lesson, &'b str), Refused> {
    let found = name.split_once('/').and_then(|(lesson, id)| {
        Some((workbook.lessons.iter().find(|each| each.name() == lesson)?, id))
    });
    found.ok_or_else(|| unknown("lesson in", name))
}

/// Exactly as it is named, without the abbreviations of the command line.
fn find_exercise<'a>(
    workbook: &'a Workbook,
    name: &str,
) -> Result<(&'a Lesson, &'a Exercise), Refused> {
    let (lesson, id) = split(workbook, name)?;
    Ok((lesson, lesson.exercise(id).ok_or_else(|| unknown("exercise", name))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shape_that_is_asked_for_is_taken() {
        assert!(parse::<CheckRequest>(br#"{"exercise": "lesson-1/echo"}"#).is_ok());
        for body in [
            &b""[..],
            b"null",
            b"[]",
            b"{}",
            br#"{"exercise": 1}"#,
            br#"{"exercise": "a", "more": 1}"#,
            br#"{"exercise": "a"} {}"#,
            b"\xff",
        ] {
            let refused = parse::<CheckRequest>(body).err().expect("it is not the shape");
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        }
    }
}
