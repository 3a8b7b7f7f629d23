//! `check`.

use std::io::{BufRead, IsTerminal, Write};

use anstream::{print, println};

use super::{Outcome, Unable, complain, lab, name_of, remember, target_or_next};
use crate::check::report::Verdict;
use crate::check::{Check, Options, screen};
use crate::cli::{CheckArgs, Format};
use crate::paint::{COMMAND, STRONG, paint};
use crate::state::Store;
use crate::target;
use crate::workbook::{Exercise, Lesson, Workbook};

/// How often a prediction that is no number is asked for again.
const ANSWERS_MAX: usize = 3;

/// Checks and reports.
///
/// # Errors
///
/// The target is unknown.
pub fn check(workbook: &Workbook, arguments: &CheckArgs) -> Outcome {
    let (lesson, exercise) = target_or_next(workbook, arguments.target.as_deref())?;
    let asked = exercise.filter(|_| arguments.format == Format::Text && !arguments.solution);
    let predicted = match asked {
        Some(exercise) => ask_first(workbook, &name_of(lesson, exercise), exercise, arguments)?,
        None => None,
    };
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
    if let (Verdict::Passed, Some(exercise), Some(predicted)) = (report.verdict, asked, predicted) {
        compare(workbook, lesson, exercise, predicted)?;
    }
    if arguments.format == Format::Text {
        print!("\n{}", screen::next(&report, workbook, lesson, arguments.watched));
    }
    Ok(report.exit_status)
}

/// Asks for the number before anything is tried, and keeps it: later ones are no predictions.
fn ask_first(
    workbook: &Workbook,
    name: &str,
    exercise: &Exercise,
    arguments: &CheckArgs,
) -> Result<Option<f64>, Box<dyn std::error::Error>> {
    let Some(predict) = &exercise.predict else { return Ok(None) };
    let given = arguments.predict.as_deref().map(|text| number(text, &predict.unit)).transpose()?;
    // That nothing can be read or remembered the check itself will say.
    let store = Store::new(&workbook.root);
    if let Some(kept) = store.read().unwrap_or_default().exercise(name).predicted {
        if given.is_some_and(|given| given != kept) {
            println!("You predicted {kept} {} before; that is what counts.\n", predict.unit);
        }
        return Ok(Some(kept));
    }
    println!("{} {}", paint(STRONG, "Predict:"), predict.question);
    let predicted = given.or_else(|| ask(&predict.unit));
    match predicted {
        Some(predicted) => {
            let _ = store.update(|state| {
                state.exercises.entry(name.to_owned()).or_default().predicted = Some(predicted);
            });
        }
        None => {
            let command = format!("cargo xtask check {name} --predict NUMBER");
            println!("  (in {}: {})", predict.unit, paint(COMMAND, command));
        }
    }
    println!();
    Ok(predicted)
}

/// Measures what was predicted, once, and shows both.
fn compare(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    predicted: f64,
) -> Result<(), Box<dyn std::error::Error>> {
    let Some(predict) = &exercise.predict else { return Ok(()) };
    let name = name_of(lesson, exercise);
    let known = Store::new(&workbook.root).read().unwrap_or_default();
    if known.exercise(&name).measured.is_some() {
        return Ok(());
    }
    let (_, lab) = target::lab(workbook, &format!("{}/{}", lesson.name(), predict.lab.get_ref()))?;
    println!("\n{} {}", paint(STRONG, "You predicted:"), predict.question);
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

/// A number from the terminal; nothing when there is no terminal, or on an empty line.
fn ask(unit: &str) -> Option<f64> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    for _ in 0..ANSWERS_MAX {
        print!("  your number, in {unit} (Enter to leave it out): ");
        std::io::stdout().flush().ok()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            return None;
        }
        match number(&line, unit) {
            Ok(number) => return Some(number),
            Err(why) => println!("  {why}"),
        }
    }
    None
}

/// A number above zero, with or without its unit.
fn number(text: &str, unit: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches(unit).trim().parse().ok();
    number.filter(|number: &f64| number.is_finite() && *number > 0.0).ok_or_else(|| {
        format!("`{}` is no prediction (it is a number above zero, in {unit})", text.trim())
    })
}
