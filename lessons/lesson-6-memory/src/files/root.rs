//! The directory that is served, opened once, and the walk from it to a file.
//!
//! The kernel decides what lies below it, in the same step in which it opens the file: `openat2` (Linux 5.6). A program
//! that first looks at a path and then opens it looks at one file and opens another, when somebody moves a directory or
//! sets a link in between.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::{error, fmt, io};

use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;

use super::Found;

/// What the kernel refuses on the way to a file:
///
/// - `BENEATH`: an absolute name, and whatever else leads above the root.
/// - `NO_SYMLINKS`: every symbolic link, also one that would stay below. Whoever may write there could otherwise
///   publish all that the server can read. It covers the magic links of `/proc`, such as `/proc/self/root`.
/// - `NO_XDEV`: everything that is mounted below the root. Inode numbers, and with them the tags, are unique in one
///   file system only.
const CONFINED: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_XDEV);

/// Why there is no file.
#[derive(Debug)]
pub enum FileError {
    /// No regular file has this name. A directory, a pipe, a socket or a device is none.
    NotFound,
    /// The name has a `..`, leads outside, over a symbolic link, onto another file system, or to what may not be read.
    Forbidden,
    /// The kernel reports something else: too many open files, a failing disk.
    Io(io::Error),
}

/// A directory, and all below it.
#[derive(Debug)]
pub struct Root {
    directory: OwnedFd,
}

impl Root {
    /// Opens the directory at `path`. It stays this one, wherever it is moved and whatever takes its place; on the way
    /// to it symbolic links are followed.
    ///
    /// # Errors
    ///
    /// There is no such directory, or the kernel has no `openat2` (before Linux 5.6, or a sandbox forbids it): better
    /// known before the first request than by it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = open(path, flags, Mode::empty())?;
        openat2(&directory, ".", flags, Mode::empty(), CONFINED)?;
        Ok(Self { directory })
    }

    /// Opens the regular file called `name`, a path from the root on, percent-decoded. It costs two system calls, and
    /// an allocation for the tag.
    ///
    /// # Errors
    ///
    /// As [`FileError`] says; no name panics.
    pub fn find(&self, name: &str) -> Result<Found, FileError> {
        // a name with `..` is forbidden before the kernel is asked, wherever it stands (`a/..`)
        // `openat2` with `CONFINED`; `refused` makes an error of the kernel's number, `Found::new` looks what was opened
        // what if it is a pipe to which nobody writes? And a program that is started meanwhile must not inherit it
        todo!("open it, in one call that the kernel confines")
    }
}

fn refused(errno: Errno) -> FileError {
    match errno {
        // `INVAL` is a NUL in the name; `NXIO` is a socket, or a device that is not there.
        Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::INVAL | Errno::NXIO => {
            FileError::NotFound
        }
        Errno::XDEV | Errno::LOOP | Errno::ACCESS | Errno::PERM => FileError::Forbidden,
        other => FileError::Io(other.into()),
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no regular file has this name",
            Self::Forbidden => "the name leads to what may not be served",
            Self::Io(_) => "the file cannot be opened",
        })
    }
}

impl error::Error for FileError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::NotFound | Self::Forbidden => None,
        }
    }
}
