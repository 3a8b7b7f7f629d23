//! The files that the book is made from.
//!
//! Everything that a chapter may name is read through [`Sources`], which keeps it inside the
//! workspace and remembers it, so that the live server knows what to watch.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::suggest;

/// The workspace, as far as the book reads it.
#[derive(Debug)]
pub struct Sources {
    /// Without symbolic links, so that a resolved path can be compared with it.
    root: PathBuf,
    /// Also what could not be read: it may appear later.
    asked: RefCell<BTreeSet<PathBuf>>,
}

impl Sources {
    /// The workspace at `root`.
    ///
    /// # Errors
    ///
    /// There is no such directory.
    pub fn new(root: &Path) -> std::io::Result<Self> {
        Ok(Self { root: root.canonicalize()?, asked: RefCell::default() })
    }

    /// The workspace's directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Everything that was asked for so far.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<PathBuf> {
        self.asked.borrow().clone()
    }

    /// Remembers a file that somebody else reads.
    pub fn note(&self, path: &Path) {
        self.asked.borrow_mut().insert(self.root.join(path));
    }

    /// The text of a file, named from the workspace root.
    ///
    /// # Errors
    ///
    /// The path leaves the root, by itself or through a symbolic link; there is no such file; or it
    /// is not UTF-8. The error is a sentence for the author.
    pub fn read(&self, path: &str) -> Result<String, String> {
        let plain = |part| matches!(part, Component::Normal(_));
        if path.is_empty() || !Path::new(path).components().all(plain) {
            return Err(format!(
                "path `{path}` is not allowed (it starts at the workspace root and has no `.` or `..`)"
            ));
        }
        self.note(Path::new(path));
        let wanted = self.root.join(path);
        let found = wanted.canonicalize().map_err(|_| self.missing(path))?;
        if !found.starts_with(&self.root) {
            return Err(format!(
                "path `{path}` is not allowed (a symbolic link leads out of the workspace)"
            ));
        }
        if !found.is_file() {
            return Err(format!("`{path}` is not a file (name one file)"));
        }
        std::fs::read_to_string(&found).map_err(|error| format!("cannot read `{path}`: {error}"))
    }

    fn missing(&self, path: &str) -> String {
        let wanted = Path::new(path);
        let folder = wanted.parent().unwrap_or(Path::new(""));
        let name = wanted.file_name().unwrap_or_default().to_string_lossy();
        let Ok(entries) = self.root.join(folder).read_dir() else {
            return format!(
                "there is no folder `{}` (paths start at the workspace root)",
                folder.display()
            );
        };
        let mut names: Vec<_> = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let choice = suggest::choice(&name, names.iter().map(String::as_str));
        format!("there is no file `{path}` {choice}")
    }
}
