//! A copy of the workspace in which wrong solutions, starters and references are tried, so that nothing is ever tried
//! on the reader's files.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::digest::files_below;
use crate::starter::SourceFile;
use crate::workbook::{Lesson, Workbook, WorkbookError};

/// What a build or a check needs of the workspace.
const COPIED: [&str; 10] = [
    ".cargo/config.toml",
    "book",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "final-project",
    "lessons",
    "solutions",
    "xtask",
];

/// The copy. It stays for the next time: only what differs is written again, so that Cargo builds little.
#[derive(Debug)]
pub struct Scratch {
    root: PathBuf,
}

impl Scratch {
    /// Brings the copy below `target/` up to date.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub fn new(workbook: &Workbook) -> io::Result<Self> {
        let root = workbook.root.join("target/workbook-scratch");
        let mut wanted = BTreeSet::new();
        for name in COPIED {
            let from = workbook.root.join(name);
            let files = if from.is_dir() { files_below(&from)? } else { vec![from] };
            for file in files {
                let relative = file.strip_prefix(&workbook.root).expect("it lies below the root");
                // Folders named `target` hold other programs' build products.
                if relative.iter().any(|part| part == "target") {
                    continue;
                }
                wanted.insert(relative.to_owned());
                write_if_changed(&root.join(relative), &fs::read(&file)?)?;
            }
        }
        for folder in ["book", "final-project", "lessons", "solutions", "xtask"] {
            for file in files_below(&root.join(folder))? {
                if !wanted.contains(file.strip_prefix(&root).expect("it lies below the copy")) {
                    fs::remove_file(&file)?;
                }
            }
        }
        // Whatever the reader has passed, here nobody has passed anything.
        match fs::remove_dir_all(root.join(".workbook")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(Self { root }),
        }
    }

    /// The copy's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The copy's table of contents.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn workbook(&self) -> Result<Workbook, WorkbookError> {
        Workbook::load(&self.root)
    }

    /// Puts files in the place of the learner's.
    ///
    /// # Errors
    ///
    /// What the file system reports.
    pub fn lay(&self, lesson: &Lesson, files: &[SourceFile]) -> io::Result<()> {
        for file in files {
            write_if_changed(&self.root.join(lesson.path()).join(&file.path), &file.bytes)?;
        }
        Ok(())
    }
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}
