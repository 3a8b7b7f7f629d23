//! The tiny course, copied for one test, and the runner at work on it.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use serde_json::Value;
use tempfile::TempDir;

/// What one run of the runner may take, on two busy cores; no test comes near it.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(90);

/// A copy of `tests/tiny`. When it is dropped, it is gone, and with it whatever still runs in it.
pub(super) struct Course {
    folder: TempDir,
}

/// What became of a run.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) time: Duration,
}

impl Course {
    /// A course that nobody has begun.
    pub(super) fn new() -> Self {
        Self::in_folder(Path::new(env!("CARGO_TARGET_TMPDIR")))
    }

    /// The same, in a folder of that folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("course-").tempdir_in(folder);
        let course = Self { folder: folder.expect("the folder is writable") };
        copy(&template(), course.root());
        course
    }

    /// A course in which these exercises hold their references.
    pub(super) fn solved(ids: &[&str]) -> Self {
        let course = Self::new();
        for id in ids {
            course.solve(id);
        }
        course
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    pub(super) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative))
            .unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    pub(super) fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
        fs::write(path, text).unwrap_or_else(|error| panic!("{relative}: {error}"));
    }

    /// Replaces text that stands in a file once.
    pub(super) fn edit(&self, relative: &str, from: &str, to: &str) {
        let text = self.read(relative);
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {relative}");
        self.write(relative, text.replace(from, to));
    }

    /// The learner's file of an exercise.
    pub(super) fn file(id: &str) -> String {
        format!("lessons/lesson-1-tiny/src/{id}.rs")
    }

    /// Writes the reference into the learner's file, as a learner would have.
    pub(super) fn solve(&self, id: &str) {
        let reference = self.read(&format!("solutions/lesson-1-tiny/src/{id}.rs"));
        let marker = |line: &&str| {
            ["ANCHOR", "TASK", "STEP", "GIVEN"]
                .iter()
                .any(|word| line.contains(&format!("// {word}")))
        };
        let lines: Vec<_> = reference.lines().filter(|line| !marker(line)).collect();
        self.write(&Self::file(id), lines.join("\n") + "\n");
    }

    /// The runner, about to run in this course.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = runner();
        command.current_dir(self.root()).arg("--root").arg(self.root()).args(arguments);
        command.env("CARGO_TARGET_DIR", self.path("target"));
        command
    }

    /// Runs the runner to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// The report of a check.
    pub(super) fn check(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[&["check", "--format", "json"], arguments].concat());
        let report: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        assert_eq!(
            report["exit_status"],
            ran.status.expect("it exits"),
            "the JSON says the exit status"
        );
        report
    }

    /// The report of a check of `lesson-1/add`, without what stands around it.
    pub(super) fn check_add(&self) -> Value {
        self.check(&["1/add"])["exercises"][0].clone()
    }

    /// What is remembered of an exercise.
    pub(super) fn progress(&self, id: &str) -> Value {
        let state: Value = serde_json::from_str(&self.read(".workbook/state.json")).expect("JSON");
        state["exercises"][format!("lesson-1/{id}")].clone()
    }

    /// Every process that works in this course, but the runner's callers.
    pub(super) fn processes(&self) -> Vec<(Pid, String)> {
        let entries = fs::read_dir("/proc").expect("/proc is mounted").flatten();
        let process = |entry: fs::DirEntry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            let folder = fs::read_link(entry.path().join("cwd")).ok()?;
            let words = fs::read(entry.path().join("cmdline")).ok()?;
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            folder.starts_with(self.root()).then_some((pid, words))
        };
        entries.filter_map(process).collect()
    }

    /// Waits, at most so long, until nothing runs in this course any more.
    pub(super) fn is_quiet_within(&self, wait_max: Duration) {
        let deadline = Instant::now() + wait_max;
        while let Some((pid, words)) = self.processes().into_iter().next() {
            if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
                assert!(ends_before(&process, deadline), "still running: {words}");
            }
        }
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        for (pid, _) in self.processes() {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// The runner, without what the surroundings of the tests might tell it.
pub(super) fn runner() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    for name in ["CI", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CARGO_TERM_COLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("CARGO_NET_OFFLINE", "true");
    command
}

/// Runs a command to its end, which comes within [`WAIT_MAX`].
pub(super) fn finish(command: &mut Command) -> Ran {
    let begin = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let output = output_of(child.expect("the runner starts"));
    Ran {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        time: begin.elapsed(),
    }
}

/// What a child has printed when it, and all to whom it has handed its pipes, have ended.
pub(super) fn output_of(child: Child) -> Output {
    let pid = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    match receiver.recv_timeout(WAIT_MAX) {
        Ok(output) => output.expect("its output can be read"),
        Err(_) => {
            let _ = kill_process(pid, Signal::KILL);
            panic!("the runner, or somebody who holds its pipes, did not end");
        }
    }
}

/// Whether a process ends before the deadline.
pub(super) fn ends_before(process: &OwnedFd, deadline: Instant) -> bool {
    let left = deadline.saturating_duration_since(Instant::now());
    let timeout =
        Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
    matches!(poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&timeout)), Ok(1..))
}

/// The test of that name in an exercise's report.
pub(super) fn test<'a>(exercise: &'a Value, name: &str) -> &'a Value {
    let tests = exercise["tests"].as_array().expect("a list of tests");
    tests
        .iter()
        .find(|test| test["name"] == name)
        .unwrap_or_else(|| panic!("`{name}` in {exercise:#}"))
}

#[track_caller]
pub(super) fn assert_has(text: &str, part: &str) {
    assert!(text.contains(part), "`{part}` is missing in:\n{text}");
}

fn template() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the template").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::write(&to, fs::read(&from).expect("the template")).expect("the copy");
        }
    }
}
