//! The log: lines to standard error, or to a file that can be opened again.
//!
//! Whoever reads the log may stop reading, and a full pipe would stop whoever writes: the event loop, or
//! the master. So a line is written only when there is room for it at once, and what was left out is
//! counted and said later. Nor can errors fill a disk: there is a limit a second.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use solution_7_sync::snapshot::Snapshot;

/// What a pipe takes at once, if it takes anything (`PIPE_BUF`, pipe(7)).
const LINE_BYTES_MAX: usize = 4096;
/// How many lines of a process come in a second.
const LINES_MAX: u64 = 200;

/// Where lines go. Threads that write never wait for one that opens the file again.
#[derive(Debug)]
pub struct Log {
    path: Option<PathBuf>,
    target: Snapshot<Target>,
    who: String,
    /// The second of the last line, and how many lines it has. Two threads that count at once may let one more through.
    second: AtomicU64,
    lines: AtomicU64,
    left_out: AtomicU64,
}

#[derive(Debug)]
enum Target {
    Stderr(io::Stderr),
    File(File),
}

impl Log {
    /// Opens the file, or takes standard error. `who` stands in every line.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn open(path: Option<&Path>, who: String) -> io::Result<Self> {
        Ok(Self {
            path: path.map(Path::to_owned),
            target: Snapshot::new(target(path)?),
            who,
            second: AtomicU64::new(0),
            lines: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
        })
    }

    /// Opens the file again, which may have been renamed meanwhile. If it cannot be opened, the old one stays.
    pub fn reopen(&self) {
        match target(self.path.as_deref()) {
            Ok(target) => self.target.replace(target),
            Err(error) => self.error(&format!("the log cannot be opened again: {error}")),
        }
    }

    /// Something happened that was meant to.
    pub fn info(&self, what: &str) {
        self.line("info", what);
    }

    /// Something went wrong.
    pub fn error(&self, what: &str) {
        self.line("error", what);
    }

    fn line(&self, level: &str, what: &str) {
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let (seconds, milliseconds) = (time.as_secs(), time.subsec_millis());
        if self.second.swap(seconds, Relaxed) != seconds {
            self.lines.store(0, Relaxed);
        }
        if self.lines.fetch_add(1, Relaxed) >= LINES_MAX {
            self.left_out.fetch_add(1, Relaxed);
            return;
        }
        let left_out = match self.left_out.swap(0, Relaxed) {
            0 => String::new(),
            count => format!(" ({count} lines before this one were left out)"),
        };
        let mut line =
            format!("{seconds}.{milliseconds:03} {level} {}: {what}{left_out}", self.who);
        line.truncate(line.floor_char_boundary(LINE_BYTES_MAX - 1));
        // What others have said may go over several lines, or do something to a terminal.
        if line.contains(char::is_control) {
            line = line.replace(char::is_control, " ");
        }
        line.push('\n');
        if !self.write(line.as_bytes()) {
            self.left_out.fetch_add(1, Relaxed);
        }
    }

    /// A line goes out in one call, and a file is opened for appending: lines of several processes do not mix. A log that
    /// cannot be written must not end the server.
    fn write(&self, line: &[u8]) -> bool {
        match &*self.target.load() {
            Target::Stderr(stderr) => {
                has_room(stderr.as_fd()) && stderr.lock().write_all(line).is_ok()
            }
            Target::File(file) => {
                let mut file = file;
                has_room(file.as_fd()) && file.write_all(line).is_ok()
            }
        }
    }
}

/// Whether a line can be written at once. A regular file always says so.
fn has_room(target: BorrowedFd<'_>) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut awaited = [PollFd::from_borrowed_fd(target, PollFlags::OUT)];
    poll(&mut awaited, Some(&now)).is_ok_and(|ready| ready > 0)
}

fn target(path: Option<&Path>) -> io::Result<Target> {
    let Some(path) = path else { return Ok(Target::Stderr(io::stderr())) };
    OpenOptions::new().create(true).append(true).open(path).map(Target::File)
}
