//! An open file, what was true of it when it was opened, and the ways to its bytes.

use std::fmt::Write as _;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::sendfile;
use rustix::io::Errno;

use super::{FileError, Mapping, Validators};

/// The most bytes of one `sendfile`: more is cut off (sendfile(2)), and this much fits into a `usize` everywhere.
const CALL_BYTES_MAX: u64 = 0x7fff_f000;

/// The last second of the year 9999: an HTTP-date has four digits for the year.
const LAST_DATE: Duration = Duration::from_secs(253_402_300_799);

/// An open regular file.
#[derive(Debug)]
pub struct Found {
    file: File,
    length: u64,
    modified: SystemTime,
    etag: String,
}

/// How far a send came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "what the socket did not take is still to be sent"]
pub enum Sent {
    /// The part is sent.
    All,
    /// The socket is full. What is left of the part is to be sent when it is writable again.
    SocketFull,
}

impl Found {
    pub(super) fn new(file: File) -> Result<Self, FileError> {
        let metadata = file.metadata().map_err(FileError::Io)?;
        if !metadata.is_file() {
            return Err(FileError::NotFound);
        }
        let modified = modified(&metadata);
        Ok(Self { file, length: metadata.size(), modified, etag: etag(&metadata) })
    }

    /// The length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The time of the last change to the contents. One that no HTTP-date can say, before 1970 or after 9999, is moved
    /// to the nearest that can. It may lie in the future; `Last-Modified` must not (RFC 9110, section 8.8.2.1).
    #[must_use]
    pub fn modified(&self) -> SystemTime {
        self.modified
    }

    /// A strong entity tag, in its quotes: inode, length, and time of the last change in nanoseconds.
    ///
    /// A tag must change with every byte (RFC 9110, section 8.8.1). The time is that of the inode (`ctime`), which any
    /// change of the file renews and nobody can set. The time of the contents (`mtime`) would not do: whoever deploys
    /// may set it, and an inode's number is used again after its file has gone. There is one exception: a second write of
    /// the same length within the same tick of the kernel's coarse clock, up to 10 ms. ext4, XFS, Btrfs and tmpfs no longer
    /// know that since Linux 6.13, where the next write takes a fine time after somebody, such as this, has asked for it.
    ///
    /// Replicas on other machines have other inodes, and other tags for the same bytes: that costs a transfer, and
    /// is never wrong.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// What [`select`](super::select()) compares a request's conditions with.
    #[must_use]
    pub fn validators(&self) -> Validators<'_> {
        Validators { length: self.length, etag: &self.etag, modified: self.modified }
    }

    /// The open file. Its offset is shared; none of the methods here uses or moves it.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Sends `part` of the file to the socket `to`, from the page cache, and moves its start behind what was sent. It
    /// goes on until the part is sent, or a non-blocking socket is full; hand over a shorter part to come back sooner.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedEof`] when the file ends before the part does: it was truncated, and the promised length
    /// cannot be kept; close the connection. Otherwise what the socket reports, [`ErrorKind::BrokenPipe`] when the peer
    /// is gone (a Rust program ignores the signal that comes with it). What is left of the part says how much was sent.
    #[inline]
    pub fn send(&self, to: BorrowedFd<'_>, part: &mut Range<u64>) -> io::Result<Sent> {
        // ANCHOR: send
        // TASK: `sendfile` until the part is sent or the socket is full
        // STEP: the kernel moves `part.start` by itself; 0 bytes mean that the file has ended before the part: `truncated()`
        while part.start < part.end {
            let wanted = (part.end - part.start).min(CALL_BYTES_MAX);
            // The kernel moves the start by what it sent.
            match sendfile(to, &self.file, Some(&mut part.start), wanted as usize) {
                Ok(0) => return Err(truncated()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(Sent::SocketFull),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Sent::All)
        // ANCHOR_END: send
    }

    /// Reads from `offset` on into `buffer` and returns how many bytes came: 0 where the file ends.
    ///
    /// # Errors
    ///
    /// What the kernel reports.
    #[inline]
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    /// Maps the file as long as it was when it was opened.
    ///
    /// # Errors
    ///
    /// What the kernel reports: no descriptor is left, or no address space.
    pub fn map(&self) -> io::Result<Mapping> {
        Mapping::new(self.file.try_clone()?, self.length)
    }
}

pub(super) fn truncated() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the file was truncated while it was sent")
}

fn modified(metadata: &Metadata) -> SystemTime {
    let since_1970 = u64::try_from(metadata.mtime())
        .map_or(Duration::ZERO, |seconds| Duration::new(seconds, metadata.mtime_nsec() as u32));
    UNIX_EPOCH + since_1970.min(LAST_DATE)
}

fn etag(metadata: &Metadata) -> String {
    // Two quotes, three points, and four numbers of at most 16 digits.
    let mut etag = String::with_capacity(2 + 3 + 4 * 16);
    let (inode, length) = (metadata.ino(), metadata.size());
    let (seconds, nanoseconds) = (metadata.ctime(), metadata.ctime_nsec());
    write!(etag, "\"{inode:x}.{length:x}.{seconds:x}.{nanoseconds:x}\"")
        .expect("a string takes all that is written");
    etag
}
