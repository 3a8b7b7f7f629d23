//! Starters: what the learner begins with, derived from the reference.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::region::{self, Directive, Piece, Region};
use crate::workbook::{Exercise, Lesson};

/// The first line of every starter: a body that is not written yet uses nothing.
pub const ALLOW_UNUSED: &str = "#![allow(unused)] // delete when done";

/// A reference from which no starter can be derived.
#[derive(Debug)]
pub struct DeriveError {
    path: PathBuf,
    line: Option<usize>,
    message: String,
}

impl fmt::Display for DeriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.message),
            None => write!(f, "{}: {}", self.path.display(), self.message),
        }
    }
}

impl std::error::Error for DeriveError {}

impl DeriveError {
    /// An error in that file.
    pub fn new(path: &Path, line: Option<usize>, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }

    /// An error of the markers in that file.
    #[must_use]
    pub fn marker(path: &Path, error: region::MarkerError) -> Self {
        Self::new(path, Some(error.line), error.message)
    }
}

/// A file of an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the lesson's folder, and to the reference's.
    pub path: PathBuf,
    /// What it holds. Bytes, since a learner's file is kept whatever is in it.
    pub bytes: Vec<u8>,
}

impl SourceFile {
    /// Its text, for display and comparison.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    fn with_text(self, text: String) -> Self {
        Self { bytes: text.into_bytes(), ..self }
    }
}

/// The files that the reference has for an exercise: `src/ID.rs` and what lies below `src/ID/`.
///
/// # Errors
///
/// One of them cannot be read.
pub fn reference_files(
    root: &Path,
    lesson: &Lesson,
    exercise: &Exercise,
) -> Result<Vec<SourceFile>, DeriveError> {
    let package = root.join(lesson.solution_path());
    let mut paths = vec![exercise.file()];
    let folder = exercise.file().with_extension("");
    if let Ok(entries) = fs::read_dir(package.join(&folder)) {
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        paths.extend(names.into_iter().map(|name| folder.join(name)));
    }
    let read = |path: PathBuf| {
        let full = package.join(&path);
        let bytes =
            fs::read(&full).map_err(|error| DeriveError::new(&full, None, error.to_string()))?;
        Ok(SourceFile { path, bytes })
    };
    paths.into_iter().map(read).collect()
}

/// The files of an exercise in which the learner has something to write, relative to the lesson's folder.
#[must_use]
pub fn files_to_write(root: &Path, lesson: &Lesson, exercise: &Exercise) -> Vec<PathBuf> {
    let files = reference_files(root, lesson, exercise).unwrap_or_default();
    let written = |file: &SourceFile| {
        let text = file.text();
        let pieces = region::pieces(&text).unwrap_or_default();
        pieces.iter().any(|piece| match piece {
            Piece::Region(region) => {
                matches!(region.directive, Directive::Task(..) | Directive::Given(_))
            }
            Piece::Line(_) => false,
        })
    };
    let written: Vec<_> = files.into_iter().filter(written).map(|file| file.path).collect();
    if written.is_empty() { vec![exercise.file()] } else { written }
}

/// The reference of an exercise without its markers.
///
/// # Errors
///
/// A file cannot be read, or its markers do not match.
pub fn reference(
    root: &Path,
    lesson: &Lesson,
    exercise: &Exercise,
) -> Result<Vec<SourceFile>, DeriveError> {
    let package = root.join(lesson.solution_path());
    let strip = |file: SourceFile| {
        let text = region::without_markers(&file.text())
            .map_err(|error| DeriveError::marker(&package.join(&file.path), error))?;
        Ok(file.with_text(text))
    };
    reference_files(root, lesson, exercise)?.into_iter().map(strip).collect()
}

/// The starter of an exercise.
///
/// # Errors
///
/// A file cannot be read, its markers do not match, or a `GIVEN` names a region that is not there.
pub fn derive(
    root: &Path,
    lesson: &Lesson,
    exercise: &Exercise,
) -> Result<Vec<SourceFile>, DeriveError> {
    let package = root.join(lesson.solution_path());
    let mut starters = Vec::new();
    for file in reference_files(root, lesson, exercise)? {
        let mut text = derive_file(&package, &file)?;
        if file.path == exercise.file() {
            text = format!("{ALLOW_UNUSED}\n{text}");
        }
        starters.push(file.with_text(text));
    }
    Ok(starters)
}

fn derive_file(package: &Path, file: &SourceFile) -> Result<String, DeriveError> {
    let path = package.join(&file.path);
    let text = file.text();
    let pieces = region::pieces(&text).map_err(|error| DeriveError::marker(&path, error))?;
    let mut lines = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Line(line) => lines.push((*line).to_owned()),
            Piece::Region(region) => {
                let last = ends_a_block(&pieces[index + 1..]);
                lines.extend(starter_of(package, &path, region, last)?);
            }
        }
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// Whether the next thing behind a region closes its block: then a `todo!` is the block's value.
fn ends_a_block(rest: &[Piece<'_>]) -> bool {
    rest.iter()
        .find_map(|piece| match piece {
            Piece::Line(line) if line.trim().is_empty() => None,
            Piece::Line(line) => Some(line.trim_start().starts_with('}')),
            Piece::Region(_) => Some(false),
        })
        .unwrap_or(true)
}

fn starter_of(
    package: &Path,
    path: &Path,
    region: &Region<'_>,
    last: bool,
) -> Result<Vec<String>, DeriveError> {
    let indent = region.indent;
    match &region.directive {
        Directive::Keep => Ok(region.body.iter().map(|&line| line.to_owned()).collect()),
        Directive::Hide => Ok(Vec::new()),
        Directive::Task(task, steps) => {
            let mut lines: Vec<_> = steps.iter().map(|step| format!("{indent}// {step}")).collect();
            let end = if last { "" } else { ";" };
            // What stands between braces is no argument.
            let task = task.replace('{', "{{").replace('}', "}}");
            lines.push(format!("{indent}todo!({task:?}){end}"));
            Ok(lines)
        }
        Directive::Given(given) => {
            let source = package.join(given);
            let text = fs::read_to_string(&source).map_err(|error| {
                DeriveError::new(path, None, format!("GIVEN `{given}`: {error}"))
            })?;
            region_named(&source, &text, region.name, indent)
        }
    }
}

/// The body of the region of that name in `text`, moved to `indent`.
fn region_named(
    path: &Path,
    text: &str,
    name: &str,
    indent: &str,
) -> Result<Vec<String>, DeriveError> {
    let pieces = region::pieces(text).map_err(|error| DeriveError::marker(path, error))?;
    let body = pieces.iter().find_map(|piece| match piece {
        Piece::Region(region) if region.name == name => Some(&region.body),
        _ => None,
    });
    let body = body.ok_or_else(|| {
        DeriveError::new(path, None, format!("there is no region `{name}` (a GIVEN asks for it)"))
    })?;
    Ok(region::reindented(body, indent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a starter has in the place of a reference with that body.
    fn derived(text: &str) -> String {
        let file = SourceFile { path: "src/pool.rs".into(), bytes: text.as_bytes().to_vec() };
        derive_file(Path::new("/nowhere"), &file).expect("the markers match")
    }

    #[test]
    fn a_task_at_the_end_of_a_block_is_its_value() {
        let text = "fn f() -> u8 {\n    // ANCHOR: f\n    // TASK: say seven\n    7\n    // ANCHOR_END: f\n}\n";
        assert_eq!(derived(text), "fn f() -> u8 {\n    todo!(\"say seven\")\n}\n");
    }

    #[test]
    fn a_task_in_the_middle_of_a_block_is_a_statement() {
        let text = "    // ANCHOR: f\n    // TASK: fill `list`\n    list.push(1);\n    // ANCHOR_END: f\n\n    list\n}\n";
        assert_eq!(derived(text), "    todo!(\"fill `list`\");\n\n    list\n}\n");
    }

    #[test]
    fn a_task_before_another_region_is_a_statement() {
        let text = "// ANCHOR: a\n// TASK: one\n1;\n// ANCHOR_END: a\n// ANCHOR: b\n// TASK: two\n2\n// ANCHOR_END: b\n}\n";
        assert_eq!(derived(text), "todo!(\"one\");\ntodo!(\"two\")\n}\n");
    }

    #[test]
    fn steps_are_comments_above_the_task() {
        let text = "{\n  // ANCHOR: f\n  // TASK: go\n  // STEP: left\n  // STEP: right\n  go();\n  // ANCHOR_END: f\n}\n";
        assert_eq!(derived(text), "{\n  // left\n  // right\n  todo!(\"go\")\n}\n");
    }

    #[test]
    fn braces_and_quotes_in_a_task_are_text() {
        let text = "// ANCHOR: f\n// TASK: write `{\"a\": {n}}`\nw();\n// ANCHOR_END: f\n";
        assert_eq!(derived(text), "todo!(\"write `{{\\\"a\\\": {{n}}}}`\")\n");
    }

    #[test]
    fn what_is_hidden_is_gone_and_what_has_no_directive_stays() {
        let text = "/// Pool.\n// ANCHOR: proof\n// HIDE\n/// Why it is so.\n// ANCHOR_END: proof\n// ANCHOR: shown\nstruct Pool;\n// ANCHOR_END: shown\n";
        assert_eq!(derived(text), "/// Pool.\nstruct Pool;\n");
    }

    #[test]
    fn a_region_that_is_given_is_moved_to_its_place() {
        let source = "// ANCHOR: other\n// ANCHOR_END: other\n// ANCHOR: f\nif slow {\n    wait();\n}\n// ANCHOR_END: f\n";
        let lines = region_named(Path::new("wrong/pool-slow.rs"), source, "f", "        ");
        assert_eq!(
            lines.expect("it is there"),
            ["        if slow {", "            wait();", "        }"]
        );
        let error = region_named(Path::new("wrong/pool-slow.rs"), source, "g", "").unwrap_err();
        let message = "wrong/pool-slow.rs: there is no region `g` (a GIVEN asks for it)";
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn an_error_has_its_file_and_its_line() {
        let file = SourceFile { path: "src/pool.rs".into(), bytes: b"\n// ANCHOR: f\n".to_vec() };
        let error = derive_file(Path::new("solutions/lesson-9"), &file).unwrap_err();
        assert_eq!(error.to_string(), "solutions/lesson-9/src/pool.rs:2: region `f` has no end");
    }
}
