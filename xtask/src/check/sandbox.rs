//! One process for one test: with limits, in a group of its own, and nothing left of it afterwards.
//!
//! It is no sandbox against malice. It keeps mistakes from outliving their test: a loop without end, memory without
//! end, children that are still there, megabytes of output.
//!
//! The test runs below a [`keeper`], which ends what the test leaves behind, also when the runner itself is
//! killed. For the case that the keeper is killed, every descendant carries a cookie in its environment.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open};

use super::keeper::{self, Farewell};

/// The variable that every descendant of a test carries.
const COOKIE: &str = "WORKBOOK_TEST";

/// How much of what a test prints is kept: the beginning and the end, each so much.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// How long a keeper may take to end what a test has left, and its pipes to run dry.
const END_WAIT_MAX: Duration = Duration::from_secs(2);

/// What became of a process.
#[derive(Debug)]
pub struct Ended {
    /// How it ended; `None` when it was killed at the time limit.
    pub status: Option<ExitStatus>,
    /// The beginning and the end of its standard output.
    pub stdout: String,
    /// The beginning and the end of its standard error.
    pub stderr: String,
    /// How long it ran.
    pub time: Duration,
    /// What it left running, killed by now: `sleep (4711)`.
    pub left: Vec<String>,
    /// What `at_limit` returned, called at the time limit before the kill.
    pub autopsy: Vec<String>,
}

/// What to run.
#[derive(Debug)]
pub struct Job<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// The folder that it starts in: the package's, as under `cargo test`.
    pub folder: &'a Path,
    /// Variables beside those of the runner.
    pub environment: &'a [(&'a str, &'a OsStr)],
    /// When it is killed.
    pub time_max: Duration,
}

/// Runs a job and ends whatever it started. `at_limit` is called with the process's id before a kill at the time limit.
///
/// # Errors
///
/// The program cannot be started.
pub fn run(job: &Job<'_>, at_limit: impl FnOnce(u32) -> Vec<String>) -> io::Result<Ended> {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let cookie = format!("{}-{}", std::process::id(), SERIAL.fetch_add(1, Relaxed));
    let (ours, theirs) = UnixStream::pair()?;
    let begin = Instant::now();
    let mut keeper = Command::new("/proc/self/exe")
        .arg(keeper::VERB)
        .arg(job.program)
        .args(job.arguments)
        .current_dir(job.folder)
        .env("CARGO_MANIFEST_DIR", job.folder)
        .env("RUST_BACKTRACE", "0")
        .env(COOKIE, &cookie)
        .envs(job.environment.iter().copied())
        .process_group(0)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = collect(keeper.stdout.take().expect("stdout is a pipe"));
    let stderr = collect(keeper.stderr.take().expect("stderr is a pipe"));

    let mut line = Line::of(&ours);
    let deadline = begin + job.time_max;
    let test: Option<u32> = line.read(deadline)?.and_then(|pid| pid.parse().ok());
    let mut farewell = line.read(deadline)?;
    let time = begin.elapsed();
    let in_time = farewell.is_some();
    let mut autopsy = Vec::new();
    if !in_time {
        autopsy = test.map(at_limit).unwrap_or_default();
        let _ = ours.shutdown(Shutdown::Write);
        farewell = line.read(Instant::now() + END_WAIT_MAX)?;
    }
    let farewell = farewell.and_then(|text| serde_json::from_str::<Farewell>(&text).ok());
    if farewell.is_none() {
        keeper.kill()?;
    }
    let ended = keeper.wait()?;
    let (status, left) = match farewell {
        Some(farewell) => (ExitStatus::from_raw(farewell.status), farewell.left),
        None => (ended, sweep(&cookie)),
    };
    let (stdout, stderr) = (drained(&stdout), drained(&stderr));
    // A test may kill its keeper before that has said its first word; nobody else would.
    let killed_by_test = in_time && ended.signal().is_some();
    if test.is_none() && !killed_by_test {
        let why = if in_time { stderr.trim() } else { "it does not start in time" };
        return Err(io::Error::other(why.to_owned()));
    }
    Ok(Ended { status: in_time.then_some(status), stdout, stderr, time, left, autopsy })
}

/// What the keeper says, a line at a time, each with a time limit.
struct Line<'a> {
    socket: &'a UnixStream,
    reader: BufReader<&'a UnixStream>,
}

impl<'a> Line<'a> {
    fn of(socket: &'a UnixStream) -> Self {
        Self { socket, reader: BufReader::new(socket) }
    }

    /// The next line; `None` when the time was up. A keeper that has gone says an empty one.
    fn read(&mut self, deadline: Instant) -> io::Result<Option<String>> {
        let mut line = String::new();
        loop {
            // A timeout of zero would be none at all.
            let left = deadline.saturating_duration_since(Instant::now());
            self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            match self.reader.read_line(&mut line) {
                Ok(_) => return Ok(Some(line.trim().to_owned())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The keeper was killed before it had read everything.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return Ok(Some(line));
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Reads a pipe to its end on a thread, and keeps the beginning and the end of what came.
fn collect(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            let room = OUTPUT_BYTES_MAX - head.len();
            let (to_head, to_tail) = buffer[..count].split_at(room.min(count));
            head.extend_from_slice(to_head);
            tail.extend_from_slice(to_tail);
            if tail.len() > 2 * OUTPUT_BYTES_MAX {
                tail.drain(..tail.len() - OUTPUT_BYTES_MAX);
            }
        }
        let cut = tail.len().saturating_sub(OUTPUT_BYTES_MAX);
        if cut > 0 {
            head.extend_from_slice("\n[… more than is kept …]\n".as_bytes());
        }
        head.extend_from_slice(&tail[cut..]);
        // Nobody listens any more when the runner gave up waiting.
        let _ = sender.send(head);
    });
    receiver
}

fn drained(pipe: &Receiver<Vec<u8>>) -> String {
    let bytes = pipe.recv_timeout(END_WAIT_MAX).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Kills what runners that were killed together with their keepers have left behind.
pub fn sweep_dead_runners() {
    kill_all(|environment| {
        let runner = environment.strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('='));
        let runner = runner.and_then(|cookie| cookie.split_once('-')).map(|(runner, _)| runner);
        runner.is_some_and(|runner| !Path::new("/proc").join(runner).exists())
    });
}

/// Kills every process that carries the cookie, and returns their names.
fn sweep(cookie: &str) -> Vec<String> {
    let wanted = format!("{COOKIE}={cookie}");
    kill_all(|environment| environment == wanted)
}

/// Kills every other process that has such an entry in its environment, until there is none.
fn kill_all(wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut killed = Vec::new();
    // A process may start another between the look and the kill; more rounds than that are a fork bomb's.
    for _ in 0..100 {
        let found = processes_with(&wanted);
        if found.is_empty() {
            break;
        }
        for (pid, name) in found {
            let handle = pidfd_open(pid, PidfdFlags::empty());
            if kill_process(pid, Signal::KILL).is_ok() {
                killed.push(format!("{name} ({})", pid.as_raw_pid()));
            }
            if let Ok(handle) = handle {
                let timeout = Timespec { tv_sec: 1, tv_nsec: 0 };
                let _ = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&timeout));
            }
        }
    }
    killed
}

fn processes_with(wanted: &impl Fn(&str) -> bool) -> Vec<(Pid, String)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let process = |entry: fs::DirEntry| {
        let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
        if pid == getpid() {
            return None;
        }
        let environment = fs::read(entry.path().join("environ")).ok()?;
        let entries = environment.split(|&byte| byte == 0);
        let has = entries.filter_map(|entry| std::str::from_utf8(entry).ok()).any(wanted);
        let name = || fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        has.then(|| (pid, name().trim().to_owned()))
    };
    entries.filter_map(process).collect()
}
