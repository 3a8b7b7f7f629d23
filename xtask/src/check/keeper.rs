//! The process between the runner and a test: it outlives the test, and nothing that the test started outlives it.
//!
//! # How it is done
//!
//! The runner starts itself with the word [`VERB`]. That process, the keeper, sets limits that the test inherits
//! (memory, no core file), makes itself the one to whom orphans below it go, and starts the test in a group of its own.
//! Whatever group, session or environment a descendant chooses, it stays below its keeper, which ends whatever is left
//! when the test is over.
//!
//! The keeper's standard input is a socket to the runner. Over it go the test's process id, as a line, and at the end a
//! [`Farewell`]. When the runner closes its half, or dies in whatever way, the keeper kills the test.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, getpid, kill_process,
    kill_process_group, pidfd_open, pidfd_send_signal, set_child_subreaper, setrlimit, wait,
    waitpid,
};
use serde::{Deserialize, Serialize};

/// The word that makes the runner a keeper.
pub const VERB: &str = "launch";

/// Address space that a test may map. Threads reserve much of it and use little.
pub const MEMORY_BYTES_MAX: u64 = 4 << 30;

/// A child may start another between the look and the kill; more rounds than that are a fork bomb's.
const ROUNDS_MAX: usize = 1000;

/// What the keeper says last.
#[derive(Debug, Serialize, Deserialize)]
pub struct Farewell {
    /// How the test ended, as `waitpid` has it.
    pub status: i32,
    /// What it left running, killed by now: `sleep (4711)`.
    pub left: Vec<String>,
}

/// Runs a program, which is the first of the arguments, to its end, or to the runner's word.
///
/// # Errors
///
/// The program cannot be started.
pub fn keep(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let program = arguments.next().ok_or_else(|| io::Error::other("there is no program"))?;
    let runner = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // Without it, what is left behind is still found by its environment.
    let _ = set_child_subreaper(Some(getpid()));
    let limit = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    let _ = setrlimit(Resource::As, limit(MEMORY_BYTES_MAX));
    let _ = setrlimit(Resource::Core, limit(0));
    let mut command = Command::new(program);
    let test = command.args(arguments).process_group(0).stdin(Stdio::null()).spawn()?;
    let pid = Pid::from_child(&test);
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    let mut word = runner.try_clone()?;
    thread::spawn(move || {
        let _ = word.read(&mut [0]);
        let _ = pidfd_send_signal(handle, Signal::KILL);
    });
    // Nobody may be listening any more; the test is ended all the same.
    let _ = writeln!(&runner, "{}", pid.as_raw_pid());
    let status = ended(pid)?;
    let left = end_children(pid);
    let farewell = serde_json::to_string(&Farewell { status, left })?;
    let _ = writeln!(&runner, "{farewell}");
    Ok(())
}

/// Waits for the test; the orphans that end meanwhile leave the process table as they would under init.
fn ended(test: Pid) -> io::Result<i32> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == test => return Ok(status.as_raw()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Kills every process that the test has left, and returns their names.
fn end_children(group: Pid) -> Vec<String> {
    let mut killed = Vec::new();
    for _ in 0..ROUNDS_MAX {
        // Those that have ended by themselves are not left running.
        while matches!(wait(WaitOptions::NOHANG), Ok(Some(_))) {}
        let children = children();
        if children.is_empty() {
            break;
        }
        let names = children.iter().map(|pid| format!("{} ({})", name(*pid), pid.as_raw_pid()));
        killed.extend(names);
        let _ = kill_process_group(group, Signal::KILL);
        for pid in children {
            let _ = kill_process(pid, Signal::KILL);
            let _ = waitpid(Some(pid), WaitOptions::empty());
        }
    }
    killed
}

fn children() -> Vec<Pid> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let pids: Vec<Option<Pid>> = lists
        .flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>())
        .map(|pid| Pid::from_raw(pid.ok()?))
        .collect();
    pids.into_iter().flatten().collect()
}

fn name(pid: Pid) -> String {
    let path = format!("/proc/{}/comm", pid.as_raw_pid());
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}
