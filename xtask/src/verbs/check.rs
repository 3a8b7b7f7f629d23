//! `check`.

use std::io::{BufRead, IsTerminal, Write};

use anstream::{print, println};

use super::{Outcome, Unable, complain, lab, name_of, remember, target_or_next};
use crate::check::report::Verdict;
use crate::check::{Check, Options, screen};
use crate::cli::{CheckArgs, Format};
use crate::paint::{STRONG, paint};
use crate::state::Store;
use crate::workbook::{Exercise, Lesson, Workbook};

/// Checks and reports.
///
/// # Errors
///
/// The target is unknown.
pub fn check(workbook: &Workbook, arguments: &CheckArgs) -> Outcome {
    let (lesson, exercise) = target_or_next(workbook, arguments.target.as_deref())?;
    let options = Options {
        solution: arguments.solution,
        no_bench: arguments.no_bench,
        again: arguments.again,
        quiet: arguments.format == Format::Json,
    };
    let (report, complaints) = Check::new(workbook, lesson, exercise, options).run();
    for complaint in &complaints {
        complain(complaint);
    }
    match arguments.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&report)?),
        Format::Text => print!("{}", screen::render(&report, lesson, arguments.all)),
    }
    if report.verdict == Verdict::Passed
        && !arguments.solution
        && arguments.format == Format::Text
        && let Some(exercise) = exercise
    {
        predict(workbook, lesson, exercise, arguments)?;
    }
    if arguments.format == Format::Text {
        print!("\n{}", screen::next(&report, workbook, lesson));
    }
    Ok(report.exit_status)
}

/// Asks for the number before it is measured, measures it, and keeps both.
fn predict(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    arguments: &CheckArgs,
) -> Result<(), Box<dyn std::error::Error>> {
    let Some(predict) = &exercise.predict else { return Ok(()) };
    let name = name_of(lesson, exercise);
    let progress = Store::new(&workbook.root).read().unwrap_or_default().exercise(&name);
    if arguments.predict.is_none() && progress.measured.is_some() {
        return Ok(());
    }
    println!("\n{} {}", paint(STRONG, "Predict:"), predict.question);
    let Some(predicted) = arguments
        .predict
        .as_deref()
        .map_or_else(|| Ok(ask(&predict.unit)), |text| number(text, &predict.unit).map(Some))?
    else {
        println!(
            "  write it down: `cargo xtask check {name} --predict NUMBER` (in {})",
            predict.unit
        );
        return Ok(());
    };
    let (_, lab) =
        crate::target::lab(workbook, &format!("{}/{}", lesson.name(), predict.lab.get_ref()))?;
    let table = lab::measure(workbook, lesson, lab, &[], false)?;
    let measured = table.value(&predict.row, &predict.column).ok_or_else(|| {
        Unable(format!("lab `{}` measured no `{}` of `{}`", lab.id(), predict.column, predict.row))
    })?;
    let unit = &predict.unit;
    let (less, more) =
        if predicted < measured { (predicted, measured) } else { (measured, predicted) };
    let off = match more / less {
        ..1.25 => "close".to_owned(),
        factor => {
            format!("off by a factor of {factor:.1}: which part of the path did you not count?")
        }
    };
    println!("  you said {predicted} {unit}, measured: {measured:.2} {unit}; {off}\n");
    print!("{}", table.render());
    remember(workbook, |state| {
        let progress = state.exercises.entry(name).or_default();
        progress.predicted = Some(predicted);
        progress.measured = Some(measured);
    });
    Ok(())
}

/// A number from the terminal; nothing when there is no terminal or no number.
fn ask(unit: &str) -> Option<f64> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    print!("  your number, in {unit}: ");
    std::io::stdout().flush().ok()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).ok()?;
    number(&line, unit).ok()
}

/// A number above zero, with or without its unit.
fn number(text: &str, unit: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches(unit).trim().parse().ok();
    number.filter(|number: &f64| number.is_finite() && *number > 0.0).ok_or_else(|| {
        format!("`{}` is no prediction (it is a number above zero, in {unit})", text.trim())
    })
}
