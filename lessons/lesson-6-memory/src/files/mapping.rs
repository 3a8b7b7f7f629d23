//! A file's pages in the address space, for the kernel alone.
//!
//! Behind the end of a truncated file there is no page. A program that reads there is sent SIGBUS, and one file that
//! somebody shortens ends the whole server. A system call that reads there fails with EFAULT instead. So nothing here
//! reads a mapped byte; it hands addresses to `write`.
//!
//! A mapping that is kept takes its page faults once, and saves opening the file.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::slice;

use memmap2::{Advice, MmapOptions, MmapRaw};
use rustix::io::{Errno, write};

use super::Sent;
use super::found::truncated;

/// A shared, read-only mapping of a file. It keeps a descriptor of its own.
#[derive(Debug)]
pub struct Mapping {
    /// To ask how long the file is.
    file: File,
    pages: MmapRaw,
    length: usize,
}

impl Mapping {
    pub(super) fn new(file: File, length: u64) -> io::Result<Self> {
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let pages = MmapOptions::new().len(length).map_raw_read_only(&file)?;
        Ok(Self { file, pages, length })
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The file, for who must see the bytes and so may not use these pages.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Writes `part` of the file to the socket `to`, and moves its start behind what was written. It goes on until the
    /// part is written, or a non-blocking socket is full.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) when the file has become shorter than it was, or a page of it
    /// cannot be read, and when the part ends behind the file. Otherwise what the socket reports.
    #[inline]
    pub fn write_to(&self, to: BorrowedFd<'_>, part: &mut Range<usize>) -> io::Result<Sent> {
        // before each write ask whether the file is still as long: `check_length`
        // `EFAULT` means that a page is gone, since the mapping itself is there: `truncated()`
        todo!("`write` the mapped bytes until the part is written or the socket is full")
    }

    /// Brings `part` of the file into memory, and waits for the disk meanwhile: for a thread that may wait, before one
    /// that may not hands the bytes to a system call.
    ///
    /// # Errors
    ///
    /// As [`Mapping::write_to`].
    pub fn populate(&self, part: Range<usize>) -> io::Result<()> {
        if part.is_empty() {
            return Ok(());
        }
        if part.end > self.length {
            return Err(truncated());
        }
        match self.pages.advise_range(Advice::PopulateRead, part.start, part.len()) {
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::FAULT) => Err(truncated()),
                // Linux before 5.14 does not know it. Whoever writes then waits.
                Some(Errno::INVAL) => Ok(()),
                _ => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }

    /// The mapped bytes, to go into one vectored write with others.
    ///
    /// # Safety
    ///
    /// Hand the slice, or parts of it, to system calls, and read no byte: the file may be changed or truncated at any
    /// time, and then a read is a data race or SIGBUS. Be ready for EFAULT, and for a last page that holds zeroes where
    /// a truncated file had bytes.
    #[must_use]
    pub unsafe fn bytes(&self) -> &[u8] {
        // SAFETY: `pages` are `length` mapped bytes and live as long as `self`. Others may write to them while the
        // slice lives, although a shared slice promises that nobody does: no compiled code can tell, because by the
        // caller's promise none reads them, and the kernel knows no such rule.
        unsafe { slice::from_raw_parts(self.pages.as_ptr(), self.length) }
    }

    /// A truncated file ends within a page, which is zeroes from there on: no fault would tell. That it happens
    /// between this and the write is left, and no worse than bytes that change in place.
    fn check_length(&self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        if length < self.length as u64 { Err(truncated()) } else { Ok(()) }
    }
}
