//! What a process does that runs a job.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use rustix::net::sockopt::socket_peercred;
use rustix::process::{Signal, getppid, set_parent_process_death_signal};
use rustix::stdio::stdin;
use solution_1_networking::frame::{FrameReader, FrameWriter};

/// The first byte of an answer: the job is done, and the rest is its result.
pub(super) const DONE: u8 = 0;
/// The job cannot be done, and the rest says why.
pub(super) const REFUSED: u8 = 1;

/// Waits for the job that a keeper sends, runs it, and answers. To be called by the process's only thread, before anything else
/// is done; the process ends behind it.
///
/// `run` may panic, crash, or never return: that is what the process is for.
#[must_use]
pub fn serve(frame_bytes: usize, run: impl FnOnce(&[u8]) -> Result<Vec<u8>, String>) -> ExitCode {
    match answer(frame_bytes, run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(
    frame_bytes: usize,
    run: impl FnOnce(&[u8]) -> Result<Vec<u8>, String>,
) -> Result<(), Box<dyn std::error::Error>> {
    // Nobody else would end it. The signal comes when the thread ends that has started this process: a keeper, which ends
    // its process first.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let stream = socket()?;
    if getppid() != Some(socket_peercred(&stream)?.pid) {
        // It had ended before the signal was asked for.
        return Ok(());
    }
    let mut jobs = FrameReader::new(&stream, frame_bytes);
    // A keeper that ends has no job any more.
    let Some(job) = jobs.next_frame()? else { return Ok(()) };
    let (kind, mut body) = match run(job) {
        Ok(result) => (DONE, result),
        Err(why) => (REFUSED, why.into_bytes()),
    };
    body.insert(0, kind);
    FrameWriter::new(&stream, frame_bytes + 1).write_frame(&body)?;
    Ok((&stream).flush()?)
}

/// The socket is where the standard input was. Its other end was made by the keeper (unix(7): `SO_PEERCRED`).
fn socket() -> io::Result<UnixStream> {
    let socket: OwnedFd = stdin().as_fd().try_clone_to_owned()?;
    Ok(UnixStream::from(socket))
}
