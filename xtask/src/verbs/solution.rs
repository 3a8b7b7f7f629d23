//! `solution`: how the reader's code differs from the reference.

use anstream::println;

use super::{Outcome, name_of, state};
use crate::cli::SolutionArgs;
use crate::difference::{self, Difference, Line, Mark};
use crate::paint::{BAD, COMMAND, FAINT, GOOD, STRONG, paint};
use crate::workbook::{Exercise, Lesson, Workbook};
use crate::{check, target};

/// Shows the difference, once the exercise has passed or with `--spoil`.
///
/// # Errors
///
/// The target is unknown, or the reference cannot be read.
pub fn solution(workbook: &Workbook, arguments: &SolutionArgs) -> Outcome {
    let state = state(workbook);
    let (lesson, exercise) = match &arguments.target {
        Some(text) => match target::exercise(workbook, text)? {
            (lesson, Some(exercise)) => (lesson, exercise),
            (lesson, None) => {
                return Err(format!("name one exercise, for example {}/ID", lesson.name()).into());
            }
        },
        None => passed_last(workbook, &state).ok_or("nothing has passed yet: name an exercise")?,
    };
    let name = name_of(lesson, exercise);
    let has_passed = check::passed(&workbook.root, lesson, exercise, &state)
        || state.exercise(&name).passed.is_some();
    if !has_passed && !arguments.spoil {
        let spoil = paint(COMMAND, format!("cargo xtask solution {name} --spoil"));
        let hint = paint(COMMAND, format!("cargo xtask hint {name}"));
        println!(
            "{name} has not passed yet. A hint: {hint}\nShow the reference all the same: {spoil}"
        );
        return Ok(1);
    }
    let differences = difference::of(workbook, lesson, exercise)?;
    for difference in &differences {
        show(difference);
    }
    if differences.iter().any(|difference| !difference.lines.is_empty()) {
        let whole = lesson.solution_path();
        let legend = format!("- yours   + the reference, whole: {}", whole.display());
        println!("{}", paint(FAINT, legend));
    }
    Ok(0)
}

fn passed_last<'a>(
    workbook: &'a Workbook,
    state: &crate::state::State,
) -> Option<(&'a Lesson, &'a Exercise)> {
    workbook
        .exercises()
        .filter_map(|(lesson, exercise)| {
            let passed = state.exercise(&name_of(lesson, exercise)).passed?;
            Some((passed.at, (lesson, exercise)))
        })
        .max_by_key(|(at, _)| *at)
        .map(|(_, found)| found)
}

fn show(difference: &Difference) {
    println!("{}", paint(STRONG, &difference.path));
    if difference.lines.is_empty() {
        println!("  yours is the reference");
    }
    for Line { mark, text } in &difference.lines {
        match mark {
            Mark::Both => println!("  {text}"),
            Mark::Yours => println!("{}", paint(BAD, format!("- {text}"))),
            Mark::Reference => println!("{}", paint(GOOD, format!("+ {text}"))),
            Mark::Gap => println!("{}", paint(FAINT, "  ⋯")),
        }
    }
    println!();
}
