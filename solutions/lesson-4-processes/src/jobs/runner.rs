//! A process that runs a job, as its keeper sees it.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};
use solution_1_networking::frame::{FrameError, FrameReader, FrameWriter};

use super::serve::{DONE, REFUSED};
use super::{Cause, Limits};

/// Makes the command of a process.
pub(super) type Make = dyn Fn() -> Command + Send + Sync;

/// How much is kept of what a process says.
const SAID_BYTES: usize = 1024;

/// A process that waits for a job, or runs one. Dropping it kills it.
pub(super) struct Runner {
    child: Child,
    stream: UnixStream,
    /// Until it is closed.
    stderr: Option<ChildStderr>,
    said: Vec<u8>,
    /// Its keeper has killed it, because it took too long.
    late: bool,
}

/// How a process ended that has not answered.
pub(super) struct Ending {
    pub(super) cause: Cause,
    pub(super) said: String,
}

impl Runner {
    /// Starts one, and limits it before there is a job for it.
    pub(super) fn start(command: &Make, limits: &Limits) -> io::Result<Self> {
        let (stream, its) = UnixStream::pair()?;
        stream.set_nonblocking(true)?;
        let mut command = command();
        // The socket takes the place of a standard stream: no other process that is started at this time can inherit it.
        command.stdin(OwnedFd::from(its)).stdout(Stdio::null()).stderr(Stdio::piped());
        // A group of its own, so that what it starts can be killed with it.
        let mut child = command.process_group(0).spawn()?;
        let stderr = child.stderr.take().expect("it is piped");
        fcntl_setfl(&stderr, fcntl_getfl(&stderr)? | OFlags::NONBLOCK)?;
        let stderr = Some(stderr);
        let runner = Self { child, stream, stderr, said: Vec::new(), late: false };
        runner.limit(limits)?;
        Ok(runner)
    }

    fn limit(&self, limits: &Limits) -> io::Result<()> {
        // ANCHOR: limit
        // TASK: limit the process's addresses, its processor time, and its core dump
        // STEP: `prlimit(Some(self.id()), …)`; `Resource::As`, `Resource::Cpu` in whole seconds, `Resource::Core`
        // STEP: at the soft limit of processor time comes SIGXCPU, at the hard one SIGKILL: leave a second between them
        let seconds = limits.processor_time.as_secs().max(1);
        for (resource, soft, hard) in [
            (Resource::As, limits.memory_bytes, limits.memory_bytes),
            // At the soft limit comes SIGXCPU, and SIGKILL at the hard one.
            (Resource::Cpu, seconds, seconds + 1),
            // A picture of its memory on disk takes long, and nobody looks at it.
            (Resource::Core, 0, 0),
        ] {
            let limit = Rlimit { current: Some(soft), maximum: Some(hard) };
            prlimit(Some(self.id()), resource, limit)?;
        }
        Ok(())
        // ANCHOR_END: limit
    }

    pub(super) fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Has it run a job. Nothing when it has ended, or took too long, without an answer.
    pub(super) fn ask(&mut self, job: &[u8], limits: &Limits) -> Option<Result<Vec<u8>, Cause>> {
        let deadline = Instant::now() + limits.time;
        let stream = self.stream.try_clone().ok()?;
        let mut unsent = frame(job, limits.frame_bytes)?;
        let mut answers = FrameReader::new(stream, limits.frame_bytes + 1);
        loop {
            self.listen();
            if !unsent.is_empty() {
                match self.stream.write(&unsent) {
                    Ok(count) => drop(unsent.drain(..count)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => return None,
                }
            }
            match answers.next_frame() {
                Ok(Some(answer)) => return read(answer),
                Err(FrameError::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                // Half an answer is none.
                Ok(None) | Err(_) => return None,
            }
            if !self.wait(deadline, !unsent.is_empty()) {
                self.late = true;
                return None;
            }
        }
    }

    /// Waits until there may be something to do. False when it is too late.
    fn wait(&self, deadline: Instant, sends: bool) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let time = Timespec::try_from(left).expect("it is less than a century");
        let wanted = if sends { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        let mut awaited = vec![PollFd::from_borrowed_fd(self.stream.as_fd(), wanted)];
        let stderr = self.stderr.iter().map(AsFd::as_fd);
        awaited.extend(stderr.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        // Whatever comes of it: who is called looks.
        let _ = poll(&mut awaited, Some(&time));
        !left.is_zero()
    }

    /// Takes what it says, so that it never waits for somebody to listen, and keeps the end.
    fn listen(&mut self) {
        let mut bytes = [0; 4096];
        while let Some(stderr) = &mut self.stderr {
            match stderr.read(&mut bytes) {
                // It will be readable for ever.
                Ok(0) => self.stderr = None,
                Ok(count) => {
                    self.said.extend_from_slice(&bytes[..count]);
                    let excess = self.said.len().saturating_sub(SAID_BYTES);
                    self.said.drain(..excess);
                }
                Err(_) => return,
            }
        }
    }

    /// Ends it, and all that it has started, and says how it ended.
    pub(super) fn end(mut self) -> Ending {
        let status = self.kill();
        self.listen();
        let said = String::from_utf8_lossy(&self.said).trim().to_owned();
        let cause = match status {
            _ if self.late => Cause::Time,
            Ok(status) => cause(status),
            Err(error) => Cause::NoProcess(error.to_string()),
        };
        Ending { cause, said }
    }

    /// A process whose socket has closed is ending, and its status is decided: that it is killed then changes nothing. One
    /// that goes on, with or without an answer, ends now.
    fn kill(&mut self) -> io::Result<ExitStatus> {
        let _ = kill_process_group(self.id(), Signal::KILL);
        self.child.wait()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Who has been waited for has no number any more.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.kill();
        }
    }
}

fn frame(job: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut frame = Vec::with_capacity(job.len() + 4);
    FrameWriter::new(&mut frame, limit).write_frame(job).ok()?;
    Some(frame)
}

/// What an answer says, if it says anything.
fn read(answer: &[u8]) -> Option<Result<Vec<u8>, Cause>> {
    match answer.split_first()? {
        (&DONE, result) => Some(Ok(result.to_vec())),
        (&REFUSED, why) => Some(Err(Cause::Refused(String::from_utf8_lossy(why).into_owned()))),
        _ => None,
    }
}

fn cause(status: ExitStatus) -> Cause {
    match status.signal() {
        Some(signal) if signal == Signal::XCPU.as_raw() => Cause::ProcessorTime,
        Some(signal) => Cause::Killed(signal),
        None => Cause::Exited(status.code().unwrap_or_default()),
    }
}
