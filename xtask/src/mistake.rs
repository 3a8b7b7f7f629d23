//! Named wrong solutions: mistakes that people really make, which the tests or the benchmark reject.
//!
//! `solutions/<lesson>/wrong/EXERCISE-NAME.rs` holds the regions in which it differs from the reference, below a
//! header:
//!
//! ```text
//! //! Writes once.
//! //!
//! //! Rejected by: `a_partial_write_loses_nothing`, `byte_by_byte_still_comes_back_in_order`
//! //!
//! //! What a teaching assistant says to somebody whose tests fail like this.
//! // ANCHOR: write
//! …
//! // ANCHOR_END: write
//! ```
//!
//! Behind a test's name stands how it fails where that is not an assertion: `` `ends` (hung) `` or `` `ends` (panicked) ``.
//! `Rejected by: the benchmark` stands for one that passes every test, and `Rejected by: some of …` for one that is a race:
//! at least one of these tests finds it, and chance says which.

use std::fs;
use std::path::{Path, PathBuf};

use crate::region::{self, Piece};
use crate::starter::{self, DeriveError, SourceFile};
use crate::workbook::{Exercise, Lesson};

/// What rejects a wrong solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectedBy {
    /// Exactly these tests, each failing as it does here, sorted; as [`failures`](crate::check::report::ExerciseReport::failures) writes them.
    Tests(Vec<String>),
    /// At least one of these, and no other.
    SomeOf(Vec<String>),
    /// The gate.
    Benchmark,
}

/// One wrong solution.
#[derive(Debug, Clone)]
pub struct Mistake {
    /// The file's name without the exercise and the ending.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// The header's first line.
    pub title: String,
    /// What rejects it.
    pub rejected_by: RejectedBy,
    /// What to say to somebody who made it.
    pub advice: String,
    text: String,
}

/// The wrong solutions of an exercise, by name.
///
/// # Errors
///
/// A file cannot be read or has no such header.
pub fn mistakes(
    root: &Path,
    lesson: &Lesson,
    exercise: &Exercise,
) -> Result<Vec<Mistake>, DeriveError> {
    let folder = root.join(lesson.solution_path()).join("wrong");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if let Some(name) = stem.strip_prefix(&format!("{}-", exercise.id())) {
            found.push(read(&path, name)?);
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}

fn read(path: &Path, name: &str) -> Result<Mistake, DeriveError> {
    let text = fs::read_to_string(path)
        .map_err(|error| DeriveError::new(path, None, error.to_string()))?;
    parse(path, name, text)
}

fn parse(path: &Path, name: &str, text: String) -> Result<Mistake, DeriveError> {
    let header: Vec<&str> =
        text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let mut paragraphs = header.split(|line| line.is_empty()).map(|lines| lines.join(" "));
    let wrong = |message: &str| DeriveError::new(path, Some(1), message);
    let title = paragraphs.next().filter(|title| !title.is_empty());
    let title = title.ok_or_else(|| wrong("a wrong solution begins with `//! ` and its title"))?;
    let rejected = paragraphs.next().unwrap_or_default();
    let rejected = rejected
        .strip_prefix("Rejected by: ")
        .ok_or_else(|| wrong("the header's second paragraph is `Rejected by: ` and test names"))?;
    let rejected_by = match rejected.strip_prefix("some of ") {
        _ if rejected == "the benchmark" => RejectedBy::Benchmark,
        Some(tests) => RejectedBy::SomeOf(names(tests)),
        None => RejectedBy::Tests(names(rejected)),
    };
    let advice = paragraphs.collect::<Vec<_>>().join("\n\n");
    if advice.is_empty() {
        return Err(wrong("the header's third paragraph is the advice"));
    }
    Ok(Mistake { name: name.to_owned(), path: path.to_owned(), title, rejected_by, advice, text })
}

/// The tests of a list, sorted.
fn names(list: &str) -> Vec<String> {
    let mut tests: Vec<_> = list.split(',').map(|name| name.trim().replace('`', "")).collect();
    tests.sort();
    tests
}

impl Mistake {
    /// Whether it may be why these tests fail, and no others.
    #[must_use]
    pub fn explains(&self, failures: &[String]) -> bool {
        match &self.rejected_by {
            RejectedBy::Tests(tests) => tests == failures,
            RejectedBy::SomeOf(tests) => {
                !failures.is_empty() && failures.iter().all(|failed| tests.contains(failed))
            }
            RejectedBy::Benchmark => failures.is_empty(),
        }
    }

    /// The exercise's files with this mistake in them.
    ///
    /// # Errors
    ///
    /// A region that the reference does not have, or markers that do not match.
    pub fn laid_over(
        &self,
        root: &Path,
        lesson: &Lesson,
        exercise: &Exercise,
    ) -> Result<Vec<SourceFile>, DeriveError> {
        let pieces =
            region::pieces(&self.text).map_err(|error| DeriveError::marker(&self.path, error))?;
        let wrong: Vec<_> = pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Region(region) => Some(region),
                Piece::Line(_) => None,
            })
            .collect();
        let mut used = Vec::new();
        let mut files = Vec::new();
        for file in starter::reference_files(root, lesson, exercise)? {
            let path = root.join(lesson.solution_path()).join(&file.path);
            let text = region::replaced(&file.text(), |right| {
                let wrong = wrong.iter().find(|wrong| wrong.name == right.name)?;
                used.push(right.name.to_owned());
                Some(region::reindented(&wrong.body, right.indent))
            })
            .map_err(|error| DeriveError::marker(&path, error))?;
            files.push(SourceFile { bytes: text.into_bytes(), ..file });
        }
        match wrong.iter().find(|region| !used.iter().any(|name| name == region.name)) {
            Some(region) => {
                let message = format!("the reference has no region `{}`", region.name);
                Err(DeriveError::new(&self.path, None, message))
            }
            None if used.is_empty() => {
                Err(DeriveError::new(&self.path, None, "a wrong solution has at least one region"))
            }
            None => Ok(files),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Mistake, String> {
        parse(Path::new("wrong/pool-leaks.rs"), "leaks", text.to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_header_has_a_title_the_tests_and_the_advice() {
        let text = "//! Leaks.\n//!\n//! Rejected by: `b` (hung),\n//! `a`\n//!\n//! Look\n//! again.\n//!\n//! Twice.\n// ANCHOR: x\n";
        let mistake = parsed(text).expect("it has a header");
        assert_eq!((mistake.title.as_str(), mistake.name.as_str()), ("Leaks.", "leaks"));
        assert_eq!(
            mistake.rejected_by,
            RejectedBy::Tests(vec!["a".to_owned(), "b (hung)".to_owned()])
        );
        assert_eq!(mistake.advice, "Look again.\n\nTwice.");
    }

    #[test]
    fn a_race_fails_some_of_its_tests() {
        let text = "//! Races.\n//!\n//! Rejected by: some of `b`, `a`\n//!\n//! Once.\n";
        let mistake = parsed(text).expect("it has a header");
        let explains = |failures: &[&str]| {
            mistake.explains(&failures.iter().map(|&name| name.into()).collect::<Vec<_>>())
        };
        assert!(explains(&["a"]) && explains(&["b"]) && explains(&["a", "b"]));
        assert!(!explains(&[]) && !explains(&["a", "c"]));
    }

    #[test]
    fn the_benchmark_rejects_too() {
        let mistake = parsed("//! Slow.\n//!\n//! Rejected by: the benchmark\n//!\n//! Count.\n");
        assert_eq!(mistake.expect("it has a header").rejected_by, RejectedBy::Benchmark);
    }

    #[test]
    fn what_is_missing_is_named_with_the_file() {
        let cases = [
            (
                "fn f() {}\n",
                "wrong/pool-leaks.rs:1: a wrong solution begins with `//! ` and its title",
            ),
            (
                "//! Leaks.\n",
                "wrong/pool-leaks.rs:1: the header's second paragraph is `Rejected by: ` and test names",
            ),
            (
                "//! Leaks.\n//!\n//! Rejected by: `a`\n",
                "wrong/pool-leaks.rs:1: the header's third paragraph is the advice",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parsed(text).expect_err(text), message);
        }
    }
}
