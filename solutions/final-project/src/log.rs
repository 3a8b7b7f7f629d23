//! The log: lines to standard error, or to a file that can be opened again; for people, or for programs (JSON).
//!
//! Whoever reads the log may stop reading, and a full pipe would stop whoever writes: the event loop, or
//! the master. So a line is written only when there is room for it at once, and what was left out is
//! counted and said later. Nor can errors fill a disk: there is a limit a second.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use solution_7_sync::snapshot::Snapshot;

use crate::observe::context::TraceContext;
use crate::settings::{LogFormat, Settings};

/// The longest message. A pipe takes 4096 bytes at once, if it takes anything (`PIPE_BUF`, pipe(7)), and a message gets twice
/// as long at most when it is written as JSON.
const MESSAGE_BYTES_MAX: usize = 1900;
/// How many lines of a process come in a second.
const LINES_MAX: u64 = 200;

/// Where lines go. Threads that write never wait for one that opens the file again.
#[derive(Debug)]
pub struct Log {
    path: Option<PathBuf>,
    target: Snapshot<Target>,
    format: LogFormat,
    who: Who,
    /// The second of the last line, and how many lines it has. Two threads that count at once may let one more through.
    second: AtomicU64,
    lines: AtomicU64,
    left_out: AtomicU64,
}

/// Who says something.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// The master.
    Master,
    /// The keeper of background jobs.
    Keeper {
        /// The number of its life.
        life: u64,
    },
    /// A worker.
    Worker {
        /// Its index.
        index: usize,
        /// The number of its life.
        life: u64,
    },
}

/// What is said.
struct Said<'a> {
    time: Duration,
    level: &'static str,
    message: &'a str,
    /// Of a request that is recorded.
    trace: Option<TraceContext>,
    /// How many were not said before.
    left_out: u64,
}

#[derive(Debug)]
enum Target {
    Stderr(io::Stderr),
    File(File),
}

impl Log {
    /// Opens the file that is set, or takes standard error. `who` stands in every line.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn open(settings: &Settings, who: Who) -> io::Result<Self> {
        let path = settings.log.as_deref();
        Ok(Self {
            path: path.map(Path::to_owned),
            target: Snapshot::new(target(path)?),
            format: settings.log_format,
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
        self.line("info", what, None);
    }

    /// Something went wrong.
    pub fn error(&self, what: &str) {
        self.line("error", what, None);
    }

    /// Something went wrong with a request, of this trace if it is recorded.
    pub fn error_of(&self, trace: Option<TraceContext>, what: &str) {
        self.line("error", what, trace);
    }

    fn line(&self, level: &'static str, what: &str, trace: Option<TraceContext>) {
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seconds = time.as_secs();
        if self.second.swap(seconds, Relaxed) != seconds {
            self.lines.store(0, Relaxed);
        }
        if self.lines.fetch_add(1, Relaxed) >= LINES_MAX {
            self.left_out.fetch_add(1, Relaxed);
            return;
        }
        let what = &what[..what.floor_char_boundary(MESSAGE_BYTES_MAX)];
        // What others have said may go over several lines, or do something to a terminal.
        let clean = what.replace(char::is_control, " ");
        let left_out = self.left_out.swap(0, Relaxed);
        let said = Said { time, level, message: &clean, trace, left_out };
        let mut line = match self.format {
            LogFormat::Text => said.text(self.who),
            LogFormat::Json => said.json(self.who),
        };
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

impl Said<'_> {
    fn text(&self, who: Who) -> String {
        let (seconds, milliseconds) = (self.time.as_secs(), self.time.subsec_millis());
        let mut line =
            format!("{seconds}.{milliseconds:03} {} {who}: {}", self.level, self.message);
        if let Some(trace) = self.trace {
            line += &format!(" (trace {:032x})", trace.trace);
        }
        if self.left_out > 0 {
            line += &format!(" ({} lines before this one were left out)", self.left_out);
        }
        line
    }

    fn json(&self, who: Who) -> String {
        let (process, worker, life) = match who {
            Who::Master => ("master", None, None),
            Who::Keeper { life } => ("keeper", None, Some(life)),
            Who::Worker { index, life } => ("worker", Some(index), Some(life)),
        };
        let line = Line {
            time: self.time.as_millis() as f64 / 1e3,
            level: self.level,
            process,
            worker,
            life,
            message: self.message,
            trace: self.trace.map(|trace| format!("{:032x}", trace.trace)),
            left_out: Some(self.left_out).filter(|&left_out| left_out > 0),
        };
        serde_json::to_string(&line).expect("text and numbers can be written")
    }
}

/// A line as JSON.
#[derive(Serialize)]
struct Line<'a> {
    /// Seconds since 1970.
    time: f64,
    level: &'static str,
    process: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    life: Option<u64>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<u64>,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Master => f.write_str("master"),
            Self::Keeper { life } => write!(f, "keeper (life {life})"),
            Self::Worker { index, life } => write!(f, "worker {index} (life {life})"),
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
