//! Reports of checks in which nothing has changed since: the second check without an edit is instant.

use std::fs;
use std::path::{Path, PathBuf};

use super::Options;
use super::report::{ExerciseReport, GateVerdict, Outcome, SCHEMA, Verdict};
use crate::digest::Digest;
use crate::snapshot;
use crate::starter::SourceFile;
use crate::state::{StateError, Store};
use crate::workbook::Lesson;
use crate::write;

/// Where a report is kept, and the digest of everything that it depends on.
#[derive(Debug)]
pub struct Key {
    file: String,
    digest: String,
    /// Of the learner's files alone.
    sources: String,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Entry {
    digest: String,
    #[serde(default)]
    sources: String,
    report: ExerciseReport,
}

/// The key of a report that is about to be made on these files of the learner.
#[must_use]
pub fn key(
    root: &Path,
    lesson: &Lesson,
    report: &ExerciseReport,
    files: &[SourceFile],
    options: &Options,
) -> Key {
    let sources = snapshot::digest_of(files);
    let mut digest = Digest::new();
    digest.text(&sources);
    digest.text(&format!("{SCHEMA} {} {:?}", env!("CARGO_PKG_VERSION"), report.references));
    for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "lessons/workbook.toml"] {
        digest.file(&root.join(file));
    }
    // Lessons use the references of those before them, too.
    let course = ["solutions", "lessons/witness"].map(PathBuf::from);
    for folder in course.into_iter().chain([lesson.path()]) {
        digest.folder(&root.join(folder));
    }
    let kind = match (options.solution, options.no_bench) {
        (false, false) => "",
        (false, true) => "-no-bench",
        (true, false) => "-solution",
        (true, true) => "-solution-no-bench",
    };
    let file = format!("{}{kind}.json", report.exercise.replace('/', "-"));
    Key { file, digest: digest.finish(), sources }
}

fn path(store: &Store, key: &Key) -> PathBuf {
    store.folder().join("cache").join(&key.file)
}

/// The report under that key, if nothing has changed.
#[must_use]
pub fn read(store: &Store, key: &Key) -> Option<ExerciseReport> {
    let entry = entry(store, key)?;
    (entry.digest == key.digest).then_some(ExerciseReport { cached: true, ..entry.report })
}

/// The last report on these files of the learner, whatever else has changed.
#[must_use]
pub fn last(store: &Store, key: &Key) -> Option<ExerciseReport> {
    let entry = entry(store, key)?;
    (entry.sources == key.sources).then_some(ExerciseReport { cached: true, ..entry.report })
}

fn entry(store: &Store, key: &Key) -> Option<Entry> {
    serde_json::from_slice(&fs::read(path(store, key)).ok()?).ok()
}

/// Keeps a report that another run would repeat: not what depends on the machine or the moment.
///
/// # Errors
///
/// As [`Store::lock`], and what the file system reports.
pub fn write(store: &Store, key: &Key, report: &ExerciseReport) -> Result<(), StateError> {
    let gate = report.gate.as_ref().map(|gate| gate.verdict);
    // What was still running at the limit may have hung, and may have had no processor.
    let late = report.tests.iter().any(|test| test.outcome == Outcome::Hung);
    let lasting = matches!(report.verdict, Verdict::Passed | Verdict::Failed)
        && gate != Some(GateVerdict::Inconclusive)
        && !late;
    if !lasting {
        return Ok(());
    }
    let (digest, sources) = (key.digest.clone(), key.sources.clone());
    let entry = Entry { digest, sources, report: report.clone() };
    let text = serde_json::to_vec(&entry).expect("a report has string keys only");
    let _lock = store.lock()?;
    let path = path(store, key);
    write::atomically(&path, &text).map_err(|error| StateError::Io(path, error))
}
