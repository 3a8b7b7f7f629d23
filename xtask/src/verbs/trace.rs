//! `trace`: what happens on this machine, event by event, with the reader's own code where it has passed.

use std::time::Duration;

use anstream::{print, println};

use super::{Outcome, Unable, lab};
use crate::check::runs::time_max;
use crate::check::sandbox::{self, Job};
use crate::cli::{Format, TraceArgs};
use crate::machine;
use crate::paint::{FAINT, paint};
use crate::status;
use crate::target;
use crate::trace::{self, Head, Recorded};
use crate::workbook::{Lesson, Trace, Workbook};

/// What a trace may take; the longest waits twice for one second.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Records a trace and shows it, or lists them.
///
/// # Errors
///
/// The trace or a parameter is unknown, or the trace failed.
pub fn trace(workbook: &Workbook, arguments: &TraceArgs) -> Outcome {
    let Some(text) = &arguments.trace else {
        lab::list(workbook, "trace", |lesson| &lesson.traces);
        return Ok(0);
    };
    let (lesson, trace) = target::trace(workbook, text)?;
    let recorded =
        record(workbook, lesson, trace, &arguments.how.parameters, arguments.how.solution)?;
    match arguments.how.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&recorded)?),
        Format::Events => status::Event::Trace { recorded: &recorded }.print(),
        Format::Text => {
            print!("{}", recorded.render());
            println!("{}", paint(FAINT, &recorded.head.machine));
        }
    }
    Ok(0)
}

/// Runs a trace's program and adds what made the trace.
///
/// # Errors
///
/// A parameter is unknown or out of its range; the program does not build, fails, does not end, or prints
/// no trace.
pub fn record(
    workbook: &Workbook,
    lesson: &Lesson,
    trace: &Trace,
    set: &[String],
    solution: bool,
) -> Result<Recorded, Box<dyn std::error::Error>> {
    let parameters = lab::parameters("trace", trace, set)?;
    let example = format!("trace-{}", trace.id());
    let program = lab::build_example(workbook, lesson, &example, &trace.uses, solution)?;
    let arguments: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let job = Job {
        program: &program,
        arguments: &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
        folder: &workbook.root.join(lesson.path()),
        environment: &[],
        time_max: time_max(TIME_MAX),
    };
    let ended = sandbox::run(&job, |_| Vec::new())?;
    let unable = |why: &str| Unable(format!("trace `{}` {why}", trace.id()));
    match ended.status {
        None => return Err(unable("did not end in time").into()),
        Some(status) if !status.success() => {
            anstream::eprint!("{}", ended.stderr);
            return Err(unable(&format!("failed ({status})")).into());
        }
        Some(_) => {}
    }
    let (cast, events) = trace::printed(&ended.stdout)
        .map_err(|error| unable(&format!("printed no trace: {error}")))?;
    let head = Head {
        title: trace.title.clone(),
        command: lab::command("trace", lesson, trace, set),
        machine: machine::here(),
        date: machine::today(),
        parameters,
        cast,
    };
    Ok(Recorded { head, events })
}
