//! The log: lines to standard error, or to a file that can be opened again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use solution_7_sync::snapshot::Snapshot;

/// Where lines go. Threads that write never wait for one that opens the file again.
#[derive(Debug)]
pub struct Log {
    path: Option<PathBuf>,
    file: Snapshot<Target>,
    who: String,
}

#[derive(Debug)]
enum Target {
    Stderr,
    File(File),
}

impl Log {
    /// Opens the file, or takes standard error. `who` stands in every line.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn open(path: Option<&Path>, who: String) -> io::Result<Self> {
        let file = Snapshot::new(target(path)?);
        Ok(Self { path: path.map(Path::to_owned), file, who })
    }

    /// Opens the file again, which may have been renamed meanwhile. If it cannot be opened, the old one stays.
    pub fn reopen(&self) {
        match target(self.path.as_deref()) {
            Ok(target) => self.file.replace(target),
            Err(error) => self.error(&format!("the log cannot be opened again: {error}")),
        }
    }

    /// Something happened that was meant to.
    pub fn info(&self, what: &str) {
        self.write("info", what);
    }

    /// Something went wrong.
    pub fn error(&self, what: &str) {
        self.write("error", what);
    }

    /// A line goes out in one call, and a file is opened for appending: lines of several processes do not mix.
    fn write(&self, level: &str, what: &str) {
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let (seconds, milliseconds) = (time.as_secs(), time.subsec_millis());
        let line = format!("{seconds}.{milliseconds:03} {level} {}: {what}\n", self.who);
        // A log that cannot be written must not end the server.
        let _ = match &*self.file.load() {
            Target::Stderr => io::stderr().write_all(line.as_bytes()),
            Target::File(file) => {
                let mut file = file;
                file.write_all(line.as_bytes())
            }
        };
    }
}

fn target(path: Option<&Path>) -> io::Result<Target> {
    let Some(path) = path else { return Ok(Target::Stderr) };
    OpenOptions::new().create(true).append(true).open(path).map(Target::File)
}
