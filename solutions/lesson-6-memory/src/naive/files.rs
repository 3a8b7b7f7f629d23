//! A file sent by way of memory: read whole, then written.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Sends the file at `path` and returns its length.
///
/// # Errors
///
/// What reading and writing report.
#[inline]
pub fn send(path: &Path, to: &mut impl Write) -> io::Result<usize> {
    let bytes = fs::read(path)?;
    to.write_all(&bytes)?;
    Ok(bytes.len())
}
