//! No worker outlives its master for long, whatever it is doing.
//!
//! The event loop sees the end of the lifeline and drains. Two things could keep it from that: it is
//! stopped (SIGSTOP), or it hangs. So the kernel sends SIGCONT when the master ends, which does
//! nothing to a process that runs; and a thread of its own waits for the same end, and ends the
//! process when the drain should be over.

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::exit;

/// From now on the process ends at most `limit` after its master.
///
/// # Errors
///
/// What the kernel reports.
pub fn watch(lifeline: UnixStream, limit: Duration) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::CONT))?;
    let watching = move || {
        // The master never writes: readable is its end.
        while poll(&mut [PollFd::new(&lifeline, PollFlags::IN)], None) == Err(Errno::INTR) {}
        thread::sleep(limit);
        std::process::exit(exit::CUT.into());
    };
    thread::Builder::new().name("lifeline".to_owned()).spawn(watching).map(|_| ())
}
