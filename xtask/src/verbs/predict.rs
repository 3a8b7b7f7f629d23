//! Predictions: a number asked for before anything is tried, measured with the reader's code once it has passed.

use std::io::{BufRead, IsTerminal, Write};

use anstream::{print, println};

use super::{Unable, lab, name_of, remember};
use crate::cli::{CheckArgs, Format};
use crate::paint::{COMMAND, STRONG, paint};
use crate::state::Store;
use crate::status::Event;
use crate::target;
use crate::workbook::{Exercise, Lesson, Predict, Workbook};

/// How often a prediction that is no number is asked for again.
const ANSWERS_MAX: usize = 3;

/// Asks for the number before anything is tried, and keeps it: later ones are no predictions.
pub(super) fn ask_first(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    arguments: &CheckArgs,
) -> Result<Option<f64>, Box<dyn std::error::Error>> {
    let Some(predict) = &exercise.predict else { return Ok(None) };
    let name = name_of(lesson, exercise);
    let given = arguments.predict.as_deref().map(|text| number(text, &predict.unit)).transpose()?;
    // That nothing can be read or remembered the check itself will say.
    let store = Store::new(&workbook.root);
    let kept = store.read().unwrap_or_default().exercise(&name).predicted;
    let predicted = match arguments.format {
        Format::Text => in_words(predict, &name, given, kept),
        Format::Json | Format::Events => kept.or(given),
    };
    if let (Some(predicted), None) = (predicted, kept) {
        let _ = store.update(|state| {
            state.exercises.entry(name).or_default().predicted = Some(predicted);
        });
    }
    Ok(predicted)
}

/// Says what the prediction is, or asks for it.
fn in_words(predict: &Predict, name: &str, given: Option<f64>, kept: Option<f64>) -> Option<f64> {
    if let Some(kept) = kept {
        if given.is_some_and(|given| given != kept) {
            println!("You predicted {kept} {} before; that is what counts.\n", predict.unit);
        }
        return Some(kept);
    }
    println!("{} {}", paint(STRONG, "Predict:"), predict.question);
    let predicted = given.or_else(|| ask(&predict.unit));
    if predicted.is_none() {
        let command = format!("cargo xtask check {name} --predict NUMBER");
        println!("  (in {}: {})", predict.unit, paint(COMMAND, command));
    }
    println!();
    predicted
}

/// Measures what was predicted, once, and shows both.
pub(super) fn compare(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
    predicted: f64,
    format: Format,
) -> Result<(), Box<dyn std::error::Error>> {
    let Some(predict) = &exercise.predict else { return Ok(()) };
    let name = name_of(lesson, exercise);
    let known = Store::new(&workbook.root).read().unwrap_or_default();
    if known.exercise(&name).measured.is_some() {
        return Ok(());
    }
    let (_, lab) = target::lab(workbook, &format!("{}/{}", lesson.name(), predict.lab.get_ref()))?;
    if format == Format::Text {
        println!("\n{} {}", paint(STRONG, "You were asked:"), predict.question);
    }
    let recorded = lab::record(workbook, lesson, lab, &[], false)?;
    let measured = recorded.table.value(&predict.row, &predict.column).ok_or_else(|| {
        Unable(format!("lab `{}` measured no `{}` of `{}`", lab.id(), predict.column, predict.row))
    })?;
    match format {
        Format::Text => {
            println!("  {}\n", judged(predicted, measured, &predict.unit));
            print!("{}", recorded.table.render());
        }
        Format::Json | Format::Events => {
            Event::Predicted { predicted, measured, recorded: &recorded }.print();
        }
    }
    remember(workbook, |state| {
        let progress = state.exercises.entry(name).or_default();
        progress.predicted = Some(predicted);
        progress.measured = Some(measured);
    });
    Ok(())
}

fn judged(predicted: f64, measured: f64, unit: &str) -> String {
    let (less, more) =
        if predicted < measured { (predicted, measured) } else { (measured, predicted) };
    let off = match more / less {
        ..1.25 => "close".to_owned(),
        factor => {
            format!(
                "off by a factor of {factor:.1}: something is at work there that you did not think of (the chapter says what), or the machine has other things to do."
            )
        }
    };
    format!("you said {predicted} {unit}, measured: {measured:.2} {unit}; {off}")
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
