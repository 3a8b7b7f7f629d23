//! What time it is, for limits and breakers.
//!
//! A time is how long ago the machine was started, by a clock that nobody can set: all its processes mean the same by it,
//! which an `Instant` would not let them say to each other.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use memmap2::{MmapOptions, MmapRaw};
use rustix::time::{ClockId, clock_gettime};

/// The kernel's clock (`CLOCK_MONOTONIC`).
#[must_use]
pub fn now() -> Duration {
    // It cannot be negative, nor fail.
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A clock that can be another one, for tests.
#[derive(Debug)]
pub enum Clock {
    /// The kernel's.
    Kernel,
    /// A file of eight bytes, mapped: nanoseconds.
    File(MmapRaw),
}

impl Clock {
    /// The kernel's, or the file's.
    ///
    /// # Errors
    ///
    /// The file cannot be mapped, or is too short.
    pub fn open(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path else { return Ok(Self::Kernel) };
        let file = File::options().read(true).write(true).open(path)?;
        if file.metadata()?.len() < size_of::<u64>() as u64 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a clock has eight bytes"));
        }
        Ok(Self::File(MmapOptions::new().len(size_of::<u64>()).map_raw(&file)?))
    }

    /// What it says.
    #[must_use]
    pub fn now(&self) -> Duration {
        match self {
            Self::Kernel => now(),
            Self::File(map) => {
                // SAFETY: the map has eight bytes, begins at a page, lives as long as `self`, and whoever else has it
                // writes it as an atomic word, too. Who makes the file shorter ends the server (SIGBUS); it is a test's.
                let nanoseconds = unsafe { AtomicU64::from_ptr(map.as_mut_ptr().cast()) };
                Duration::from_nanos(nanoseconds.load(Relaxed))
            }
        }
    }
}
