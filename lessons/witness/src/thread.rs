//! What a thread does, seen from outside of it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::tcp::until;

/// A thread of this process.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Its folder below `/proc`.
    folder: PathBuf,
}

impl Thread {
    /// The calling thread, to be looked at from others.
    ///
    /// # Errors
    ///
    /// `/proc` is not there.
    pub fn this() -> io::Result<Self> {
        Ok(Self { folder: PathBuf::from("/proc").join(fs::read_link("/proc/thread-self")?) })
    }

    /// Waits until the thread sleeps: it waits for something, and needs no processor.
    ///
    /// # Errors
    ///
    /// As [`until`].
    pub fn until_asleep(&self) -> io::Result<()> {
        until(|| self.is_asleep())
    }

    /// Whether the thread sleeps now.
    ///
    /// # Errors
    ///
    /// Its folder cannot be read.
    pub fn is_asleep(&self) -> io::Result<bool> {
        Ok(self.line("State:")?.starts_with('S'))
    }

    /// How often it has given up the processor to wait.
    ///
    /// # Errors
    ///
    /// Its folder cannot be read.
    pub fn sleeps(&self) -> io::Result<u64> {
        let number = self.line("voluntary_ctxt_switches:")?;
        number.parse().map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Whether all other threads of this process sleep. Then none of them will do anything before somebody wakes it, and the only
    /// one who could is the calling thread, or a timer.
    ///
    /// # Errors
    ///
    /// `/proc` is not there.
    pub fn all_others_sleep() -> io::Result<bool> {
        // They are looked at one by one: one that was asleep may have been woken by one that sleeps by the time it is looked at.
        // But then it has slept once more, or is awake, when all of them are looked at again.
        let Some(before) = Self::sleeps_of_sleepers()? else { return Ok(false) };
        Ok(Self::sleeps_of_sleepers()? == Some(before))
    }

    /// How often each of the other threads has gone to sleep; nothing, when one of them is awake.
    fn sleeps_of_sleepers() -> io::Result<Option<Vec<(OsString, u64)>>> {
        let this = Self::this()?;
        let mut sleepers = Vec::new();
        for entry in fs::read_dir("/proc/self/task")? {
            let entry = entry?;
            let other = Self { folder: entry.path() };
            if other.folder.file_name() == this.folder.file_name() {
                continue;
            }
            // One that has ended meanwhile has no file any more.
            let (Ok(is_asleep), Ok(sleeps)) = (other.is_asleep(), other.sleeps()) else { continue };
            if !is_asleep {
                return Ok(None);
            }
            sleepers.push((entry.file_name(), sleeps));
        }
        Ok(Some(sleepers))
    }

    fn line(&self, name: &str) -> io::Result<String> {
        let status = fs::read_to_string(self.folder.join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        Ok(line.ok_or(io::ErrorKind::NotFound)?.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_that_waits_is_asleep_and_runs_only_when_it_is_woken() {
        let (name, told) = mpsc::channel();
        let (wake, woken) = mpsc::channel::<()>();
        let waiting = thread::spawn(move || {
            name.send(Thread::this().expect("/proc is mounted")).expect("somebody listens");
            woken.recv().expect("it is woken");
        });
        let thread = told.recv().expect("it says who it is");
        thread.until_asleep().expect("it waits");
        let sleeps = thread.sleeps().expect("it is there");
        assert_eq!(thread.sleeps().expect("it is there"), sleeps);
        wake.send(()).expect("it waits");
        waiting.join().expect("it does not panic");
    }
}
