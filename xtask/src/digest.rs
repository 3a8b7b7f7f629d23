//! What a set of files holds, as one number.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

/// Sums up names and contents. Not cryptographic: it notices edits, not attacks.
#[derive(Default)]
pub struct Digest {
    state: Xxh3,
}

impl Digest {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece of text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds bytes, set off against those before and behind.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.state.update(&(bytes.len() as u64).to_le_bytes());
        self.state.update(bytes);
    }

    /// Adds a file's path and contents; one that cannot be read counts as absent.
    pub fn file(&mut self, path: &Path) {
        self.text(&path.to_string_lossy());
        match fs::read(path) {
            Ok(bytes) => self.bytes(&bytes),
            Err(_) => self.state.update(&u64::MAX.to_le_bytes()),
        }
    }

    /// Adds every file below a folder.
    pub fn folder(&mut self, folder: &Path) {
        for path in files_below(folder).unwrap_or_default() {
            self.file(&path);
        }
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn finish(&self) -> String {
        format!("{:032x}", self.state.digest128())
    }
}

/// The files below a folder, sorted, with those to which links lead; hidden ones and links to folders are left out.
///
/// # Errors
///
/// A folder cannot be read.
pub fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.extend(files_below(&entry.path())?);
        } else if entry.path().is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
