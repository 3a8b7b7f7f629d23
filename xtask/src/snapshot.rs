//! Copies of the learner's files, taken at every check and before anything is overwritten.
//!
//! `.workbook/snapshots/lesson-1/frame/000012/src/frame.rs`; a higher number is a later one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::digest::{self, Digest};
use crate::starter::SourceFile;
use crate::state::{Lock, Store};
use crate::workbook::{Exercise, Lesson};
use crate::write;

/// How many snapshots of an exercise are kept.
const SNAPSHOTS_MAX: usize = 200;

/// The learner's files of an exercise, as they are now: `src/ID.rs` and what lies below `src/ID/`.
///
/// # Errors
///
/// One of them cannot be read; that `src/ID.rs` is not there is no error, the list is then shorter.
pub fn current(root: &Path, lesson: &Lesson, exercise: &Exercise) -> io::Result<Vec<SourceFile>> {
    let package = root.join(lesson.path());
    let file = package.join(exercise.file());
    let mut paths = Vec::new();
    if file.exists() {
        paths.push(file.clone());
    }
    paths.extend(digest::files_below(&file.with_extension("")).unwrap_or_default());
    let named = |path: &Path, error: io::Error| {
        let path = path.strip_prefix(root).unwrap_or(path).display();
        io::Error::new(error.kind(), format!("cannot read `{path}`: {error}"))
    };
    let read = |path: PathBuf| read(&package, &path).map_err(|error| named(&path, error));
    paths.into_iter().map(read).collect()
}

fn read(package: &Path, path: &Path) -> io::Result<SourceFile> {
    let bytes = fs::read(path)?;
    Ok(SourceFile { path: path.strip_prefix(package).unwrap_or(path).to_owned(), bytes })
}

/// The digest of an exercise's files.
#[must_use]
pub fn digest_of(files: &[SourceFile]) -> String {
    let mut digest = Digest::new();
    for file in files {
        digest.text(&file.path.to_string_lossy());
        digest.bytes(&file.bytes);
    }
    digest.finish()
}

/// The snapshots of one exercise.
#[derive(Debug)]
pub struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    /// Those of that exercise.
    #[must_use]
    pub fn of(store: &Store, lesson: &Lesson, exercise: &Exercise) -> Self {
        let folder = store.folder().join("snapshots").join(lesson.name()).join(exercise.id());
        Self { folder }
    }

    /// The numbers of all snapshots, ascending.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut numbers: Vec<u32> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        numbers
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:06}"))
    }

    /// The files of one snapshot.
    ///
    /// # Errors
    ///
    /// One of them cannot be read.
    pub fn read(&self, number: u32) -> io::Result<Vec<SourceFile>> {
        let folder = self.path(number);
        let mut files = Vec::new();
        for path in digest::files_below(&folder)? {
            files.push(read(&folder, &path)?);
        }
        Ok(files)
    }

    /// Keeps a copy of `files`, unless the latest snapshot is the same. The lock keeps two runners from taking one number.
    ///
    /// # Errors
    ///
    /// What the file system reports; a snapshot is there whole or not at all.
    pub fn keep(&self, files: &[SourceFile], _lock: &Lock) -> io::Result<()> {
        let numbers = self.numbers();
        let latest = numbers.last().copied();
        if files.is_empty() || latest.is_some_and(|number| self.same(number, files)) {
            return Ok(());
        }
        let [beside, surplus] = [".new", ".old"].map(|name| self.folder.join(name));
        for left in [&beside, &surplus] {
            if left.exists() {
                fs::remove_dir_all(left)?;
            }
        }
        for file in files {
            write::atomically(&beside.join(&file.path), &file.bytes)?;
        }
        fs::rename(&beside, self.path(latest.map_or(1, |number| number + 1)))?;
        let count = (numbers.len() + 1).saturating_sub(SNAPSHOTS_MAX);
        for number in &numbers[..count] {
            // Under another name first: whoever is killed here leaves no half of a copy.
            fs::rename(self.path(*number), &surplus)?;
            fs::remove_dir_all(&surplus)?;
        }
        Ok(())
    }

    /// How long ago a snapshot was taken: `3 min ago`.
    #[must_use]
    pub fn age(&self, number: u32) -> Option<String> {
        let age = fs::metadata(self.path(number)).ok()?.modified().ok()?.elapsed().ok()?.as_secs();
        Some(match age {
            0..60 => format!("{age} s ago"),
            60..3600 => format!("{} min ago", age / 60),
            3600..86_400 => format!("{} h ago", age / 3600),
            _ => format!("{} days ago", age / 86_400),
        })
    }

    /// Whether a snapshot holds exactly these files.
    #[must_use]
    pub fn same(&self, number: u32, files: &[SourceFile]) -> bool {
        self.read(number)
            .is_ok_and(|kept| digest_of(&sorted(kept)) == digest_of(&sorted(files.to_vec())))
    }
}

fn sorted(mut files: Vec<SourceFile>) -> Vec<SourceFile> {
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

/// Puts files in the place of the learner's, having kept a copy of those. Others of the exercise are removed.
///
/// # Errors
///
/// The copy could not be made: nothing has been touched. Or a file could not be written: it is as it was.
pub fn replace(
    root: &Path,
    store: &Store,
    (lesson, exercise): (&Lesson, &Exercise),
    files: &[SourceFile],
) -> Result<(), Box<dyn std::error::Error>> {
    let lock = store.lock()?;
    let package = root.join(lesson.path());
    let present = current(root, lesson, exercise)?;
    Snapshots::of(store, lesson, exercise).keep(&present, &lock)?;
    for file in files {
        write::atomically(&package.join(&file.path), &file.bytes)?;
    }
    for file in present.iter().filter(|old| files.iter().all(|new| new.path != old.path)) {
        fs::remove_file(package.join(&file.path))?;
    }
    Ok(())
}
