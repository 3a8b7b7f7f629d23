#![allow(unused)] // delete when done
//! Workers that inherit what the master opened.
//!
//! A child process gets copies of its parent's descriptors, with the same numbers, except those
//! marked close-on-exec, which `exec` closes. Rust marks every descriptor that it opens. So the master
//! takes the mark off exactly those that a worker is to have, starts it, and puts the marks back; it
//! tells the worker their numbers in an environment variable. Nothing runs between `fork` and `exec`,
//! which lets the standard library start the child without copying the parent's page tables.
//!
//! The master keeps its own copies. A listening socket, and the queue of connections that wait in it,
//! lives as long as any process has it open: when a worker dies, the queue waits for the next one.

use std::env;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

/// The environment variable in which a worker finds the numbers of what it inherits.
const VARIABLE: &str = "PREFORK_DESCRIPTORS";

/// Starts `command`, which inherits `handed`, in this order, and no other descriptors than the
/// standard three.
///
/// Call it from a program's only thread: a process that another thread starts at the same time would
/// inherit the descriptors too.
///
/// # Errors
///
/// What the kernel reports. The marks are back in any case: an open descriptor always takes one.
pub fn spawn(command: &mut Command, handed: &[BorrowedFd<'_>]) -> io::Result<Child> {
    // an environment variable of the command: the numbers with commas between them
    // `fcntl_setfd` with empty flags, and with `FdFlags::CLOEXEC`, whatever has gone wrong between the two
    todo!("tell the child the numbers, take the marks off, start it, and put the marks back")
}

/// What this process has inherited, in the order in which it was handed over. They are marked
/// close-on-exec again. The first call takes them; later ones find nothing.
///
/// # Errors
///
/// `InvalidData` when the variable holds something else than numbers of inherited descriptors.
pub fn inherited() -> io::Result<Vec<OwnedFd>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let Ok(numbers) = env::var(VARIABLE) else { return Ok(Vec::new()) };
    if numbers.is_empty() || TAKEN.swap(true, Relaxed) {
        return Ok(Vec::new());
    }
    numbers.split(',').map(take).collect()
}

fn take(number: &str) -> io::Result<OwnedFd> {
    let invalid = || {
        let message = format!("`{number}` in `{VARIABLE}` is no inherited descriptor");
        io::Error::new(io::ErrorKind::InvalidData, message)
    };
    // what is no number, or one of the standard three, is not inherited; nor is what is not open (`fcntl_getfd`)
    // what has the mark was opened by this process, and has an owner
    // the owned descriptor gets the mark
    todo!("make an owned descriptor of the number, or refuse it")
}
