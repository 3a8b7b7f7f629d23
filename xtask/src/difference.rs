//! How the reader's files differ from the reference.

use std::io;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::snapshot;
use crate::starter::{self, DeriveError, SourceFile};
use crate::workbook::{Exercise, Lesson, Workbook};

/// Lines around a difference that are the same.
const CONTEXT_LINES: usize = 3;

/// One file of the reference beside the reader's.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// Relative to the lesson's package.
    pub path: String,
    /// What differs, with a few lines around it; nothing when the two are the same.
    pub lines: Vec<Line>,
}

/// A line of one of the two files, or of both.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Whose it is.
    pub mark: Mark,
    /// Without its end.
    pub text: String,
}

/// Whose a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Both files have it.
    Both,
    /// The reader's has it.
    Yours,
    /// The reference has it.
    Reference,
    /// Lines that both files have are left out here.
    Gap,
}

/// Why the files could not be compared.
#[derive(Debug)]
pub enum CompareError {
    /// The reader's cannot be read.
    Yours(io::Error),
    /// The reference cannot be read.
    Reference(DeriveError),
}

impl std::fmt::Display for CompareError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Yours(error) => write!(f, "{error}"),
            Self::Reference(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for CompareError {}

/// Every file of the reference beside the reader's.
///
/// # Errors
///
/// [`CompareError`].
pub fn of(
    workbook: &Workbook,
    lesson: &Lesson,
    exercise: &Exercise,
) -> Result<Vec<Difference>, CompareError> {
    let root = &workbook.root;
    let yours = snapshot::current(root, lesson, exercise).map_err(CompareError::Yours)?;
    let references = starter::reference(root, lesson, exercise).map_err(CompareError::Reference)?;
    let beside = |reference: &SourceFile| {
        compare(reference, yours.iter().find(|file| file.path == reference.path))
    };
    Ok(references.iter().map(beside).collect())
}

fn compare(reference: &SourceFile, yours: Option<&SourceFile>) -> Difference {
    let path = reference.path.display().to_string();
    let (yours, reference) = (yours.map(SourceFile::text).unwrap_or_default(), reference.text());
    // The starter's first line is no difference that says anything.
    let yours = yours.strip_prefix(starter::ALLOW_UNUSED).map_or(&*yours, str::trim_start);
    let difference = TextDiff::from_lines(yours, &*reference);
    let mut lines = Vec::new();
    for group in difference.grouped_ops(CONTEXT_LINES) {
        lines.push(Line { mark: Mark::Gap, text: String::new() });
        for change in group.iter().flat_map(|operation| difference.iter_changes(operation)) {
            let mark = match change.tag() {
                ChangeTag::Equal => Mark::Both,
                ChangeTag::Delete => Mark::Yours,
                ChangeTag::Insert => Mark::Reference,
            };
            let text = change.to_string_lossy().trim_end_matches('\n').to_owned();
            lines.push(Line { mark, text });
        }
    }
    Difference { path, lines }
}
