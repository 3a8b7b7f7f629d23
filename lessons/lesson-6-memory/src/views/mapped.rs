//! A log in the address space.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::{Advice, Mmap};

/// A file's bytes, which come from the disk when they are looked at.
#[derive(Debug)]
pub struct Mapped(Mmap);

impl Mapped {
    /// Maps a whole file, as long as it is now.
    ///
    /// # Errors
    ///
    /// What the kernel reports.
    ///
    /// # Safety
    ///
    /// Nobody writes to what was mapped, or truncates the file, as long as this lives. A log that is only appended to, or
    /// was rotated by `rename`, is safe; one that is rotated by *copying and truncating* is not: behind its new end there
    /// is no page, and who looks there is sent SIGBUS.
    pub unsafe fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: By the caller's promise the bytes stay as they are.
        let pages = unsafe { Mmap::map(&file) }?;
        // It will be read from the beginning to the end: the kernel may read far ahead. It is advice, and may be refused.
        let _ = pages.advise(Advice::Sequential);
        Ok(Self(pages))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
