//! `check`.

use anstream::{print, println};

use super::{Outcome, complain, predict, target_or_next};
use crate::check::report::Verdict;
use crate::check::{Check, Options, screen};
use crate::cli::{CheckArgs, Format};
use crate::status::Event;
use crate::workbook::Workbook;

/// Checks and reports.
///
/// # Errors
///
/// The target is unknown.
pub fn check(workbook: &Workbook, arguments: &CheckArgs) -> Outcome {
    let (lesson, exercise) = target_or_next(workbook, arguments.target.as_deref())?;
    let asked = exercise.filter(|_| arguments.format != Format::Json && !arguments.solution);
    let predicted = match asked {
        Some(exercise) => predict::ask_first(workbook, lesson, exercise, arguments)?,
        None => None,
    };
    let options = Options {
        solution: arguments.solution,
        no_bench: arguments.no_bench,
        again: arguments.again,
        audience: arguments.format.audience(),
    };
    let (report, complaints) = Check::new(workbook, lesson, exercise, options).run();
    for complaint in &complaints {
        complain(complaint);
    }
    match arguments.format {
        Format::Json => {
            println!("{}", serde_json::to_string_pretty(&report.clone().without_colours())?);
        }
        Format::Events => {
            let screen = screen::render(&report, lesson, arguments.all);
            let report = report.clone().without_colours();
            Event::Report { report: &report, screen: &screen }.print();
        }
        Format::Text => print!("{}", screen::render(&report, lesson, arguments.all)),
    }
    let tests_pass = matches!(report.verdict, Verdict::Passed | Verdict::Inconclusive);
    if let (true, Some(exercise), Some(predicted)) = (tests_pass, asked, predicted) {
        predict::compare(workbook, lesson, exercise, predicted, arguments.format)?;
    }
    if arguments.format == Format::Text {
        print!("\n{}", screen::next(&report, workbook, lesson, arguments.watched));
    }
    Ok(report.exit_status)
}
