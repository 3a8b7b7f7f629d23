//! `book-server build DIR`: a new book appears whole, or the old one stays.
//!
//! The book is built in a folder beside `DIR`, then the two change places. A marker file says that
//! `DIR` is a book: no other folder is ever replaced.

use std::fs;
use std::io;
use std::path::Path;

use crate::book;
use crate::problem::{Defects, Problem};

/// Says that a folder was made here and may be replaced.
const MARKER: &str = ".book-server";

/// Builds the book and puts it into `destination`.
///
/// # Errors
///
/// The book has defects, or `destination` cannot be replaced: it is not a book, or the file system
/// refuses.
pub fn publish(root: &Path, destination: &Path) -> Result<(), Defects> {
    let refuse = |message: String| {
        Defects::from(Problem::in_file(destination.display().to_string(), message))
    };
    if !replaceable(destination) {
        let rule = "is not a book (name a folder that is missing, empty, or was built by `book-server build`)";
        return Err(refuse(rule.to_owned()));
    }
    let aside =
        aside(destination).map_err(|error| refuse(format!("cannot build beside it: {error}")))?;
    // A folder in the temporary one: that one is closed to other users, a book is not.
    let new = aside.path().join("new");
    fs::create_dir(&new).map_err(|error| refuse(format!("cannot build beside it: {error}")))?;
    book::build(root, &new, None).result?;
    swap(&new, destination, &aside.path().join("old"))
        .map_err(|error| refuse(format!("cannot replace it: {error}")))
}

/// Whether a folder is a book that [`publish`] made.
#[must_use]
pub fn is_book(folder: &Path) -> bool {
    folder.join(MARKER).is_file()
}

fn replaceable(folder: &Path) -> bool {
    match folder.read_dir() {
        Ok(mut entries) => entries.next().is_none() || is_book(folder),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn aside(destination: &Path) -> io::Result<tempfile::TempDir> {
    let parent = match destination.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    // Beside it, because folders change places only within a file system.
    tempfile::Builder::new().prefix(".book-").tempdir_in(parent)
}

fn swap(new: &Path, destination: &Path, old: &Path) -> io::Result<()> {
    fs::write(new.join(MARKER), "`book-server build` may replace this folder.\n")?;
    let replaced = match fs::rename(destination, old) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    fs::rename(new, destination).inspect_err(|_| {
        if replaced {
            _ = fs::rename(old, destination);
        }
    })
}
