//! A log on disk as the queue, where none is configured: a line of JSON for each event.
//!
//! It keeps the last events, as many as fit: when the file is large enough it takes the place of the one before it, which
//! is gone then. Who wants to lose none configures a real queue.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::queue::{Queue, QueueError};
use super::spool::Record;

/// The log.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// How much each of the two files may have.
    half: u64,
    file: Option<File>,
    unsynced: bool,
    /// What is written next; kept for its memory.
    lines: Vec<u8>,
}

impl Journal {
    /// Opens its file when it is first used. Another life of the same worker may write it, too.
    #[must_use]
    pub fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, half: bytes / 2, file: None, unsynced: false, lines: Vec::new() }
    }

    fn append(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file
            && file.metadata()?.len() >= self.half
        {
            self.rotate()?;
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open(&self.path)?),
        };
        self.unsynced = true;
        // One call: lines of two processes do not mix.
        let written = file.write_all(&self.lines);
        if written.is_err() {
            let _ = self.sync_file();
            // Perhaps half of a line.
            self.file = None;
        }
        written
    }

    /// Asks the disk to have what was written.
    fn sync_file(&mut self) -> io::Result<()> {
        match &self.file {
            Some(file) if std::mem::take(&mut self.unsynced) => file.sync_data(),
            _ => Ok(()),
        }
    }

    /// Puts the file in the place of the one before; unless that has been done, by another life of this worker or by
    /// somebody who has taken the file away.
    fn rotate(&mut self) -> io::Result<()> {
        self.sync_file()?;
        let mine = self.file.take().map(|file| file.metadata()).transpose()?.map(|data| data.ino());
        if self.path.metadata().ok().map(|data| data.ino()) == mine {
            let mut before = self.path.clone().into_os_string();
            before.push(".1");
            fs::rename(&self.path, before)?;
        }
        Ok(())
    }
}

/// Opens the file. A line that was cut off when its writer died is ended, so that no other one is glued to it.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).create(true).append(true).open(path)?;
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

/// Without the formatter: this is most of what an event costs.
fn write_line(lines: &mut Vec<u8>, record: &Record) {
    let Record { spool, number, event } = record;
    let mut digits = itoa::Buffer::new();
    let mut put = |name: &str, number: u64| {
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(digits.format(number).as_bytes());
    };
    // The id is one text: the spool's name would be a number beyond what JSON's readers can read.
    put("{\"id\":\"", *spool);
    put("-", *number);
    put("\",\"time\":", event.time);
    put(",\"user\":", event.user);
    put(",\"status\":", event.status.into());
    lines.extend_from_slice(b",\"access\":\"");
    lines.extend_from_slice(event.access.name().as_bytes());
    if let Some(trace) = event.trace {
        // Few have one.
        write!(lines, "\",\"traceparent\":\"{trace}").expect("a vector grows");
    }
    lines.extend_from_slice(b"\"}\n");
}

impl Queue for Journal {
    fn publish(&mut self, batch: &[Record]) -> Result<usize, QueueError> {
        self.lines.clear();
        for record in batch {
            write_line(&mut self.lines, record);
        }
        self.append().map_err(|error| QueueError(error.to_string()))?;
        Ok(batch.len())
    }

    fn sync(&mut self) -> Result<(), QueueError> {
        self.sync_file().map_err(|error| QueueError(error.to_string()))
    }
}
