//! A file of lines that does not grow for ever: when it is large enough, it takes the place of the one before it (`.1`),
//! which is gone then.
//!
//! Several processes may write it. What is appended is whole lines, in one call, and a file is opened for appending, so lines
//! of two processes do not mix. A pipe takes only so much in one call without mixing; so it gets less at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

/// What a pipe takes at once, if it takes anything (`PIPE_BUF`, pipe(7)).
const PIPE_BYTES: usize = 4096;

/// The file.
#[derive(Debug)]
pub struct Rotating {
    path: PathBuf,
    /// How much each of the two files may have.
    half: u64,
    file: Option<File>,
    /// Something was appended since the disk was last asked to have it; nothing of a file for which it never is.
    unsynced: Option<bool>,
}

impl Rotating {
    /// Two files of `bytes` together. It is opened when it is first used. What is no file on a disk is never replaced.
    #[must_use]
    pub fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, half: bytes / 2, file: None, unsynced: None }
    }

    /// The disk has what a file has before that is replaced.
    #[must_use]
    pub fn durable(self) -> Self {
        Self { unsynced: Some(false), ..self }
    }

    /// Appends whole lines.
    ///
    /// # Errors
    ///
    /// What the kernel reports. Some of the lines may be written; half a line is ended when the next ones come.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if let Some(file) = &self.file
            && file.metadata()?.len() >= self.half
        {
            self.rotate()?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.path)?),
        };
        self.unsynced = self.unsynced.map(|_| true);
        let written = if file.metadata()?.is_file() {
            file.write_all(lines)
        } else {
            pieces(lines, PIPE_BYTES).try_for_each(|piece| file.write_all(piece))
        };
        if written.is_err() {
            let _ = self.sync();
            // Perhaps half of a line.
            self.file = None;
        }
        written
    }

    /// Asks the disk to have what was written.
    ///
    /// # Errors
    ///
    /// It does not say that it has.
    pub fn sync(&mut self) -> io::Result<()> {
        match &self.file {
            Some(file) if self.unsynced == Some(true) => {
                self.unsynced = Some(false);
                file.sync_data()
            }
            _ => Ok(()),
        }
    }

    /// Opens the file again when it is next used: it may have been renamed.
    pub fn reopen(&mut self) {
        self.file = None;
    }

    /// Puts the file in the place of the one before; unless that has been done, by another process or by somebody who has
    /// taken the file away. Of those that find the same file too large, the lock lets one look at a time.
    fn rotate(&mut self) -> io::Result<()> {
        self.sync()?;
        let Some(file) = self.file.take() else { return Ok(()) };
        flock(&file, FlockOperation::LockExclusive)?;
        let mine = file.metadata()?.ino();
        if self.path.metadata().is_ok_and(|named| named.ino() == mine) {
            let mut before = self.path.clone().into_os_string();
            before.push(".1");
            fs::rename(&self.path, before)?;
        }
        Ok(())
    }
}

/// Finds out whether lines can be written there. A disk that is full may have room later, and a pipe a reader.
///
/// # Errors
///
/// What the kernel reports.
pub fn prepare(path: &Path) -> io::Result<()> {
    let without_waiting = OFlags::NONBLOCK.bits().cast_signed();
    let mut options = OpenOptions::new();
    let opened = options.create(true).append(true).custom_flags(without_waiting).open(path);
    let later = [Errno::NXIO, Errno::NOSPC, Errno::DQUOT];
    match opened {
        Err(error) if Errno::from_io_error(&error).is_some_and(|code| later.contains(&code)) => {
            Ok(())
        }
        opened => opened.map(drop),
    }
}

/// Opens the file. A line that was cut off when its writer died is ended, so that no other one is glued to it.
fn open(path: &Path) -> io::Result<File> {
    // Who could read a pipe would never learn that nobody else does.
    let is_pipe = fs::metadata(path).is_ok_and(|data| !data.is_file());
    let mut file = OpenOptions::new().read(!is_pipe).create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    if last != [b'\n'] {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

/// As many whole lines at a time as `max` bytes have room for; a line that is longer, alone.
fn pieces(lines: &[u8], max: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        let end = match rest.get(..max) {
            None => rest.len(),
            Some(most) => {
                let fits = most.iter().rposition(|&byte| byte == b'\n');
                let end = fits.or_else(|| rest.iter().position(|&byte| byte == b'\n'));
                end.map_or(rest.len(), |end| end + 1)
            }
        };
        let (piece, left) = rest.split_at(end);
        rest = left;
        (!piece.is_empty()).then_some(piece)
    })
}
