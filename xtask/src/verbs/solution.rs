//! `solution`: how the reader's code differs from the reference.

use anstream::println;
use similar::{ChangeTag, TextDiff};

use super::{Outcome, name_of, state};
use crate::cli::SolutionArgs;
use crate::paint::{BAD, COMMAND, FAINT, GOOD, STRONG, paint};
use crate::starter::{self, SourceFile};
use crate::workbook::{Exercise, Lesson, Workbook};
use crate::{check, snapshot, target};

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
    let yours = snapshot::current(&workbook.root, lesson, exercise)?;
    let mut differs = false;
    for reference in starter::reference(&workbook.root, lesson, exercise)? {
        let mine = yours.iter().find(|file| file.path == reference.path);
        differs |= difference(&reference, mine);
    }
    if differs {
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

/// Shows a file's difference; whether there is one.
fn difference(reference: &SourceFile, yours: Option<&SourceFile>) -> bool {
    println!("{}", paint(STRONG, reference.path.display()));
    let (yours, reference) = (yours.map(SourceFile::text).unwrap_or_default(), reference.text());
    // The starter's first line is no difference that says anything.
    let yours = yours.strip_prefix(starter::ALLOW_UNUSED).map_or(&*yours, str::trim_start);
    let difference = TextDiff::from_lines(yours, &*reference);
    if difference.ratio() == 1.0 {
        println!("  yours is the reference\n");
        return false;
    }
    for group in difference.grouped_ops(3) {
        println!("{}", paint(FAINT, "  ⋯"));
        for change in group.iter().flat_map(|operation| difference.iter_changes(operation)) {
            let line = change.to_string_lossy();
            let line = line.trim_end_matches('\n');
            match change.tag() {
                ChangeTag::Delete => println!("{}", paint(BAD, format!("- {line}"))),
                ChangeTag::Insert => println!("{}", paint(GOOD, format!("+ {line}"))),
                ChangeTag::Equal => println!("  {line}"),
            }
        }
    }
    println!();
    true
}
