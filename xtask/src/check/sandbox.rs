//! One process for one test: with limits, in a group of its own, and nothing left of it afterwards.
//!
//! It is no sandbox against malice. It keeps mistakes from outliving their test: a loop without end, memory without
//! end, children that are still there, megabytes of output.
//!
//! # How it is done
//!
//! The runner starts itself as `launch`, which sets limits that only the process itself can set (memory, no core file, a
//! kill when the runner dies) and then becomes the test by `exec`. Every descendant carries a cookie in its
//! environment; one that changes its group, its session and its environment is found as the runner's own child,
//! since the runner is the subreaper of orphans.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, WaitOptions, getpid, getppid, kill_process,
    kill_process_group, pidfd_open, set_child_subreaper, set_parent_process_death_signal,
    setrlimit, waitpid,
};

/// The variable that every descendant of a test carries.
const COOKIE: &str = "WORKBOOK_TEST";

/// Address space that a test may map. Threads reserve much of it and use little.
pub const MEMORY_BYTES_MAX: u64 = 4 << 30;

/// How much of what a test prints is kept: the beginning and the end, each so much.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// How long the pipes may stay open after the last process of a test has been killed.
const DRAIN_WAIT_MAX: Duration = Duration::from_secs(1);

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

/// Makes the runner the one to whom orphans of tests go.
pub fn adopt_orphans() {
    // Without it, a descendant is still found by its cookie.
    let _ = set_child_subreaper(Some(getpid()));
    sweep_dead_runners();
}

/// The first half of a test process: sets its limits, becomes the program. Returns only when that fails.
///
/// # Errors
///
/// The program cannot be started.
pub fn launch(runner: u32, program: &Path, arguments: &[String]) -> io::Error {
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    // The runner may have died before that line.
    if getppid().is_none_or(|parent| parent.as_raw_pid() as u32 != runner) {
        return io::Error::other("the runner has gone");
    }
    let limit = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    let _ = setrlimit(Resource::As, limit(MEMORY_BYTES_MAX));
    let _ = setrlimit(Resource::Core, limit(0));
    Command::new(program).args(arguments).exec()
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
    let begin = Instant::now();
    let mut child = Command::new("/proc/self/exe")
        .args(["launch", &std::process::id().to_string()])
        .arg(job.program)
        .args(job.arguments)
        .current_dir(job.folder)
        .env("CARGO_MANIFEST_DIR", job.folder)
        .env("RUST_BACKTRACE", "0")
        .env(COOKIE, &cookie)
        .envs(job.environment.iter().copied())
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = collect(child.stdout.take().expect("stdout is a pipe"));
    let stderr = collect(child.stderr.take().expect("stderr is a pipe"));

    let in_time = wait(&child, job.time_max)?;
    let time = begin.elapsed();
    let autopsy = if in_time { Vec::new() } else { at_limit(child.id()) };
    let group = Pid::from_child(&child);
    let _ = kill_process_group(group, Signal::KILL);
    let status = child.wait()?;
    let left = sweep(&cookie);
    let (stdout, stderr) = (drained(&stdout), drained(&stderr));
    Ok(Ended { status: in_time.then_some(status), stdout, stderr, time, left, autopsy })
}

/// Waits for the end of a child without reaping it; false when the time was up first.
fn wait(child: &Child, time_max: Duration) -> io::Result<bool> {
    let descriptor = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let deadline = Instant::now() + time_max;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout =
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
        match poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Ok(false),
            Ok(_) => return Ok(true),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
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
    let bytes = pipe.recv_timeout(DRAIN_WAIT_MAX).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Kills every process that carries the cookie, until there is none.
fn sweep(cookie: &str) -> Vec<String> {
    let wanted = format!("{COOKIE}={cookie}");
    kill_all(|environment| environment == wanted)
}

/// Kills what runners that were killed themselves have left behind.
fn sweep_dead_runners() {
    kill_all(|environment| {
        let runner = environment.strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('='));
        let runner = runner.and_then(|cookie| cookie.split_once('-')).map(|(runner, _)| runner);
        runner.is_some_and(|runner| !Path::new("/proc").join(runner).exists())
    });
}

/// Kills whatever is still a child of the runner: descendants of tests that shed group, session and environment. To be
/// called when the runner has no other children.
pub fn end_orphans() {
    kill_found(|| {
        let children = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let lists =
            children.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let pids: Vec<Pid> = lists
            .flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>())
            .filter_map(|pid| Pid::from_raw(pid.ok()?))
            .collect();
        pids.into_iter().map(|pid| (pid, String::new())).collect()
    });
}

/// Kills every other process that has such an entry in its environment, and returns their names.
fn kill_all(wanted: impl Fn(&str) -> bool) -> Vec<String> {
    kill_found(|| processes_with(&wanted))
}

fn kill_found(find: impl Fn() -> Vec<(Pid, String)>) -> Vec<String> {
    let mut killed = Vec::new();
    // A process may start another between the look and the kill; more rounds than that are a fork bomb's.
    for _ in 0..100 {
        let found = find();
        if found.is_empty() {
            break;
        }
        for (pid, name) in found {
            if kill_process(pid, Signal::KILL).is_ok() {
                killed.push(format!("{name} ({})", pid.as_raw_pid()));
            }
            reap(pid);
        }
    }
    killed
}

/// Waits until a killed process is gone, and takes it out of the process table if it is the runner's child by now.
fn reap(pid: Pid) {
    if let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) {
        let timeout = Timespec { tv_sec: 1, tv_nsec: 0 };
        let _ = poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], Some(&timeout));
    }
    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
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
