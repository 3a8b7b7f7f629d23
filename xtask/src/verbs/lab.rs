//! `lab`: an experiment on this machine, with the reader's own code where it has passed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use anstream::{print, println};

use super::{Outcome, Unable, state};
use crate::check::build::cargo;
use crate::check::{self};
use crate::cli::{Format, LabArgs};
use crate::machine;
use crate::paint::{COMMAND, FAINT, STRONG, paint};
use crate::status::Event;
use crate::table::{Recorded, Table};
use crate::target;
use crate::workbook::{Exercise, Experiment, Lab, Lesson, Workbook};
use toml::Spanned;

/// Runs a lab, or lists them.
///
/// # Errors
///
/// The lab or a parameter is unknown, or the lab failed.
pub fn lab(workbook: &Workbook, arguments: &LabArgs) -> Outcome {
    let Some(text) = &arguments.lab else {
        list(workbook, "lab", |lesson| &lesson.labs);
        return Ok(0);
    };
    let (lesson, lab) = target::lab(workbook, text)?;
    let recorded =
        record(workbook, lesson, lab, &arguments.how.parameters, arguments.how.solution)?;
    match arguments.how.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&recorded)?),
        Format::Events => Event::Table { recorded: &recorded }.print(),
        Format::Text => {
            println!("{}", paint(STRONG, &lab.title));
            print!("{}", recorded.table.render());
            println!("{}", paint(FAINT, &recorded.machine));
        }
    }
    Ok(0)
}

/// Labs or traces, with their parameters.
pub(super) fn list(workbook: &Workbook, verb: &str, of: impl Fn(&Lesson) -> &[Experiment]) {
    for lesson in &workbook.lessons {
        for experiment in of(lesson) {
            let command = command(verb, lesson, experiment, &[]);
            println!("{}  {}", paint(COMMAND, format!("{command:<40}")), experiment.title);
            for parameter in &experiment.parameters {
                let (name, default) = (parameter.name.get_ref(), parameter.default);
                println!(
                    "    --set {name}={default}  {} ({} to {})",
                    parameter.about, parameter.min, parameter.max
                );
            }
        }
    }
}

/// What to type to run a lab or a trace with such parameters.
pub(super) fn command(
    verb: &str,
    lesson: &Lesson,
    experiment: &Experiment,
    set: &[String],
) -> String {
    let changed: String = set.iter().map(|set| format!(" --set {set}")).collect();
    format!("cargo xtask {verb} {}/{}{changed}", lesson.name(), experiment.id())
}

/// Runs a lab and adds what made the numbers.
///
/// # Errors
///
/// As [`measure`].
pub fn record(
    workbook: &Workbook,
    lesson: &Lesson,
    lab: &Lab,
    set: &[String],
    solution: bool,
) -> Result<Recorded, Box<dyn std::error::Error>> {
    let parameters = parameters("lab", lab, set)?;
    let table = measure(workbook, lesson, lab, set, solution)?;
    let command = command("lab", lesson, lab, set);
    Ok(Recorded { command, machine: machine::here(), date: machine::today(), parameters, table })
}

/// Runs a lab.
///
/// # Errors
///
/// A parameter is unknown or out of its range; the lab does not build, fails, or prints no table.
pub fn measure(
    workbook: &Workbook,
    lesson: &Lesson,
    lab: &Lab,
    set: &[String],
    solution: bool,
) -> Result<Table, Box<dyn std::error::Error>> {
    let parameters = parameters("lab", lab, set)?;
    let name = format!("lab-{}", lab.id());
    let program = build_example(workbook, lesson, &name, &lab.uses, solution)?;
    let arguments = parameters.iter().map(|(name, value)| format!("{name}={value}"));
    let rungs = if lab.rungs { rungs(workbook, lesson, solution)? } else { Vec::new() };
    let output = std::process::Command::new(program)
        .args(arguments)
        .args(rungs)
        .current_dir(workbook.root.join(lesson.path()))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(Unable(format!("lab `{}` failed ({})", lab.id(), output.status)).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next_back().unwrap_or_default();
    serde_json::from_str(line)
        .map_err(|error| Unable(format!("lab `{}` printed no table: {error}", lab.id())).into())
}

/// The servers of the lessons up to this one, as `witness::lab::rungs` reads them.
fn rungs(
    workbook: &Workbook,
    last: &Lesson,
    solution: bool,
) -> Result<Vec<OsString>, Box<dyn std::error::Error>> {
    let mut arguments = Vec::new();
    for lesson in
        workbook.lessons.iter().filter(|lesson| lesson.number.get_ref() <= last.number.get_ref())
    {
        let Some(rung) = &lesson.rung else { continue };
        let name = lesson.name();
        let program =
            build_example(workbook, lesson, &format!("serve-{name}"), &rung.uses, solution)?;
        let mut argument = OsString::from(format!("rung={name}={}=", lesson.title));
        argument.push(program);
        arguments.push(argument);
    }
    Ok(arguments)
}

/// The value of each parameter of a lab or a trace: as set, or its default.
pub(super) fn parameters(
    what: &str,
    experiment: &Experiment,
    set: &[String],
) -> Result<BTreeMap<String, u64>, Box<dyn std::error::Error>> {
    let Experiment { parameters, .. } = experiment;
    let known: Vec<_> = parameters.iter().map(|each| each.name.get_ref().as_str()).collect();
    let defaults = parameters.iter().map(|each| (each.name.get_ref().clone(), each.default));
    let mut values: BTreeMap<_, _> = defaults.collect();
    for text in set {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("`--set {text}` is not allowed (it is NAME=NUMBER)"))?;
        let parameter = parameters.iter().find(|each| each.name.get_ref() == name);
        let parameter = parameter.ok_or_else(|| {
            let (id, known) = (experiment.id(), known.join(", "));
            format!("{what} `{id}` has no parameter `{name}` (it has: {known})")
        })?;
        let range = parameter.min..=parameter.max;
        let number =
            value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
                let (min, max) = (parameter.min, parameter.max);
                format!("`{name}={value}` is not allowed (a whole number from {min} to {max})")
            })?;
        values.insert(name.to_owned(), number);
    }
    Ok(values)
}

/// Builds an example of a lesson, with the reader's code where it has passed. `uses` are the exercises that it is made of.
///
/// Servers and labs are built as a server would be deployed. Of a trace only the order of events counts: it is built like a
/// benchmark, within a second.
///
/// # Errors
///
/// It does not build.
pub fn build_example(
    workbook: &Workbook,
    lesson: &Lesson,
    example: &str,
    uses: &[Spanned<String>],
    solution: bool,
) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let state = state(workbook);
    let reference =
        |exercise: &&Exercise| solution || !check::passed(&workbook.root, lesson, exercise, &state);
    let standing_in: Vec<_> = lesson.exercises.iter().filter(reference).collect();
    let used = |exercise: &&&Exercise| uses.iter().any(|used| used.get_ref() == exercise.id());
    let shown: Vec<_> = standing_in.iter().filter(used).map(|exercise| exercise.id()).collect();
    if !shown.is_empty() && !solution {
        let line =
            format!("(runs with the reference's, until yours has passed: {})", shown.join(", "));
        anstream::eprintln!("{}", paint(FAINT, line));
    }
    let features: Vec<_> =
        standing_in.iter().map(|exercise| exercise.reference_feature()).collect();
    let mut command = cargo(&workbook.root);
    let profile = if example.starts_with("trace-") { "bench" } else { "release" };
    command.args(["build", "--quiet", "--profile", profile, "--message-format=json"]);
    command.args(["--example", example]);
    command.args(["--package", lesson.package(), "--features", &features.join(",")]);
    let output = command.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let messages =
        text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut program = None;
    for message in messages {
        if let Some(rendered) = message["message"]["rendered"].as_str() {
            anstream::eprintln!("{rendered}");
        }
        if message["target"]["name"] == example
            && let Some(path) = message["executable"].as_str()
        {
            program = Some(PathBuf::from(path));
        }
    }
    program
        .filter(|_| output.status.success())
        .ok_or_else(|| Unable(format!("`{example}` of {} does not build", lesson.name())).into())
}
