//! A server under test: real processes on a free port, in a folder of their own, gone when the test is.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod client;
pub(crate) mod connections;
pub(crate) mod databases;
pub(crate) mod exposition;
pub(crate) mod processes;
pub(crate) mod proxy;
pub(crate) mod services;
pub(crate) mod tls;

use std::fs;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::sleep;
use std::time::{Duration, Instant};

use load_tester::answers::Expected;
use load_tester::plan::{Pace, Plan};
use load_tester::processes::Processes;
use load_tester::run::{Outcome, run};
use load_tester::tally::Moment;
use load_tester::target::{Request, Target};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use connections::connections;
use processes::{children, dies_with_us, exists, takes_signals};

pub(crate) use client::{Answer, Client};

/// How long anything may take that is not a matter of time.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    pub(crate) address: SocketAddr,
}

/// The program, with nothing of the tester's environment that could be a setting.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api-server-yours"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("API_SERVER_") || name.ends_with("_URL") {
            command.env_remove(name);
        }
    }
    // What ends at once would else leave one where the tests are.
    command.env("API_SERVER_ACCESS_LOG", "auto").stdin(Stdio::null());
    command
}

/// Says that the calling test does nothing because something is not installed. Where CI runs, that is a failure.
pub(crate) fn skip(what: &str, how: &str) {
    leave_out(&format!("{what} is not installed (`{how}`)"));
}

/// The same for another reason.
pub(crate) fn leave_out(why: &str) {
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!is_ci, "{why}, and CI must skip nothing");
    witness::machine::skip(why);
}

/// Asks until it is so.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT_MAX;
    while !so() {
        assert!(Instant::now() < deadline, "not within {WAIT_MAX:?}: {what}");
        sleep(Duration::from_millis(5));
    }
}

impl Server {
    /// With two workers and these options.
    pub(crate) fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, options)
    }

    /// Does something to the process as soon as it is one that can be asked not to end.
    pub(crate) fn starting(options: &[&str], meanwhile: impl FnOnce(u32)) -> Self {
        Self::started(tempfile::tempdir().expect("a folder"), options, meanwhile)
    }

    /// In a folder that may have a database already, and files below `files`.
    pub(crate) fn start_in(folder: TempDir, options: &[&str]) -> Self {
        Self::started(folder, options, |_| ())
    }

    fn started(folder: TempDir, options: &[&str], meanwhile: impl FnOnce(u32)) -> Self {
        let server = Self::spawn(folder, options);
        until("the program takes signals", || takes_signals(server.master()));
        meanwhile(server.master());
        server.settled()
    }

    /// One that may not listen yet.
    pub(crate) fn spawn(folder: TempDir, options: &[&str]) -> Self {
        Self::spawn_by(program(), folder, options)
    }

    /// The same, by a command that becomes the program.
    pub(crate) fn spawn_by(mut command: Command, folder: TempDir, options: &[&str]) -> Self {
        let path = |name: &str| folder.path().join(name).into_os_string();
        fs::create_dir_all(path("files")).expect("a folder");
        // Of a server that was here before.
        let _ = fs::remove_file(path("log"));
        command.args(["--listen", "127.0.0.1:0"]);
        if !options.contains(&"--workers") && !options.contains(&"--config") {
            command.args(["--workers", "2"]);
        }
        if !options.contains(&"--job-processes") && !config(options).contains("job_processes") {
            command.args(["--job-processes", "0"]);
        }
        let paths = [
            ("--database", "api.db"),
            ("--log", "log"),
            ("--files", "files"),
            ("--events", "events"),
            ("--access-log", "access"),
        ];
        for (option, name) in paths.into_iter().filter(|(option, _)| !options.contains(option)) {
            command.arg(option).arg(path(name));
        }
        dies_with_us(&mut command);
        // A group of its own: a signal to all of it must not reach the tests.
        let child = command.args(options).process_group(0).spawn().expect("the program is built");
        Self { child, folder, address: ([127, 0, 0, 1], 0).into() }
    }

    /// When it listens, and all its workers are ready.
    pub(crate) fn settled(mut self) -> Self {
        until("the server listens", || match self.listening() {
            Some(address) => {
                self.address = address;
                true
            }
            None => {
                let ended = self.child.try_wait().expect("it is our child");
                assert!(ended.is_none(), "the server ended at once: {ended:?}\n{}", self.log());
                false
            }
        });
        self.get("/live");
        until("all workers are ready", || {
            self.log().matches("is ready").count() >= self.workers().len()
        });
        self
    }

    fn listening(&self) -> Option<SocketAddr> {
        let log = self.log();
        let (_, rest) = log.split_once("listening on ")?;
        // It may be text or JSON.
        rest.lines().next()?.trim_end_matches("\"}").parse().ok()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder().join("log")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// On a connection of its own.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.client().get(path)
    }

    /// A connection to the worker of this index: the kernel deals them out, so it may take some.
    pub(crate) fn client_of(&self, worker: usize) -> Client {
        let mut found = None;
        until("a connection comes to the worker", || {
            let mut client = self.client();
            let its = client.get("/live").json()["worker"] == worker;
            found = its.then_some(client);
            its
        });
        found.expect("it has been found")
    }

    pub(crate) fn master(&self) -> u32 {
        self.child.id()
    }

    /// The processes of all workers.
    pub(crate) fn workers(&self) -> Vec<u32> {
        children(self.master())
    }

    /// Kills a worker, one that has connections, each time that so much more is done.
    pub(crate) fn kill_workers(&self, kills: usize, done: &AtomicUsize, more: usize) {
        for kill in 1..=kills {
            until("something is done", || done.load(SeqCst) > more * kill);
            let mut victim = 0;
            until("there are two workers, and a victim with connections", || {
                let workers = self.workers();
                victim = workers.iter().copied().max_by_key(|&pid| connections(pid)).unwrap_or(0);
                workers.len() == 2 && connections(victim) > 0
            });
            send(victim, Signal::KILL);
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(self.master(), signal);
    }

    pub(crate) fn ended(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    /// Waits for the end.
    pub(crate) fn status(&mut self) -> ExitStatus {
        let mut status = None;
        until("the server ends", || {
            status = self.child.try_wait().expect("it is our child");
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// Stops it, and keeps the folder.
    pub(crate) fn stop(mut self) -> TempDir {
        self.signal(Signal::TERM);
        assert_eq!(self.status().code(), Some(0), "{}", self.log());
        let empty = tempfile::tempdir().expect("a folder");
        std::mem::replace(&mut self.folder, empty)
    }

    /// Kills all its processes at once, and starts it again where it was.
    pub(crate) fn killed_and_started_again(mut self, options: &[&str]) -> Self {
        let workers = self.workers();
        // The master first, so that it starts no others.
        self.signal(Signal::KILL);
        workers.into_iter().for_each(|worker| send(worker, Signal::KILL));
        self.status();
        let empty = tempfile::tempdir().expect("a folder");
        let folder = std::mem::replace(&mut self.folder, empty);
        Self::start_in(folder, options)
    }

    /// Loads it in another thread while `script` runs in this one, and up to a second longer.
    pub(crate) fn under_load<T>(
        &self,
        change: impl FnOnce(&mut Plan),
        script: impl FnOnce() -> T,
    ) -> (Outcome, T) {
        under_load(self.address, change, script)
    }
}

/// What a file of settings says, if there is one.
fn config(options: &[&str]) -> String {
    let path = options.iter().skip_while(|&&option| option != "--config").nth(1);
    path.map_or_else(String::new, |path| fs::read_to_string(path).expect("the settings"))
}

/// Loads what listens there in another thread while `script` runs in this one, and up to a second longer.
pub(crate) fn under_load<T>(
    address: SocketAddr,
    change: impl FnOnce(&mut Plan),
    script: impl FnOnce() -> T,
) -> (Outcome, T) {
    let target = |close| {
        let request = Request { close, ..Request::default() };
        Target::new(&format!("http://{address}/plaintext"), &request, false).expect("an address")
    };
    let body = Some(b"Hello, World!".to_vec());
    let mut plan = Plan {
        target: target(false),
        expected: Expected { status: 200, body, head: false },
        connections: 16,
        pace: Pace::Closed { pipeline: 1 },
        keep_alive: true,
        threads: 1,
        warm_up: Duration::ZERO,
        duration: 2 * WAIT_MAX,
        requests: None,
        timeout: Duration::from_secs(10),
    };
    change(&mut plan);
    plan.target = target(!plan.keep_alive);
    let is_over = AtomicBool::new(false);
    let mut progress = |_: &Moment| match is_over.load(SeqCst) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let nobody = Processes::named(Vec::new());
    std::thread::scope(|scope| {
        let load = scope.spawn(|| run(&plan, &nobody, &mut progress).expect("it starts"));
        let result = {
            // Also when the script fails.
            let _end = Raised(&is_over);
            script()
        };
        (load.join().expect("the load ends"), result)
    })
}

/// A flag that is set at the end of a scope.
pub(crate) struct Raised<'a>(pub(crate) &'a AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it is there");
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().rev().take(60).collect();
            lines.iter().rev().for_each(|line| eprintln!("{line}"));
        }
        let workers = self.workers();
        let _ = self.child.kill();
        let _ = self.child.wait();
        for worker in workers.into_iter().filter(|&worker| exists(worker)) {
            let pid = Pid::from_raw(worker.cast_signed()).expect("a process");
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
