//! Real processes under the supervisor's loop, and a script that makes them trouble.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use processes::prefork::spawn;
use processes::shared::{Counter, Region};
use processes::supervisor::{Action, Crew, Event, Life, Outcome, Policy, Process, Signals, run};
use rustix::process::{Pid, Signal, getpid, kill_process};
use witness::tcp::WAIT_MAX;

/// What has happened so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) ready: u64,
    pub(crate) gone: u64,
    /// Of each life, in order of their numbers.
    pub(crate) pids: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
struct Watch(Arc<(Mutex<Seen>, Condvar)>);

impl Watch {
    fn change(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct TestCrew {
    tasks: Vec<&'static str>,
    /// What lives do that come after the first of each worker.
    pub(crate) then: &'static str,
    numbers: Region<[Counter; 16]>,
    beats: [u64; 16],
    watch: Watch,
}

impl TestCrew {
    /// A worker for each task, which its later lives do too.
    pub(crate) fn of(tasks: &[&'static str]) -> Self {
        let numbers = Region::create("beats").expect("shared memory");
        let (then, watch) = (tasks[0], Watch::default());
        Self { tasks: tasks.to_vec(), then, numbers, beats: [0; 16], watch }
    }
}

fn cell(life: Life) -> usize {
    life.0 as usize % 16
}

impl Crew for TestCrew {
    fn start(&mut self, life: Life, worker: usize, _: u64) -> io::Result<Process> {
        let first = (life.0 as usize) < self.tasks.len();
        let task = if first { self.tasks[worker] } else { self.then };
        let mut command = Command::new(env!("CARGO_BIN_EXE_lesson-4-worker"));
        command.args([task, &cell(life).to_string()]).stdin(Stdio::null());
        let (lifeline, workers_end) = UnixStream::pair()?;
        let child = spawn(&mut command, &[workers_end.as_fd(), self.numbers.as_fd()])?;
        self.beats[cell(life)] = self.numbers[cell(life)].get();
        self.watch.change(|seen| seen.pids.push(child.id()));
        Ok(Process { child, lifeline })
    }

    fn has_beaten(&mut self, life: Life) -> bool {
        let before = std::mem::replace(&mut self.beats[cell(life)], self.numbers[cell(life)].get());
        self.beats[cell(life)] != before
    }

    fn gone(&mut self, _: Life) {
        self.watch.change(|seen| seen.gone += 1);
    }

    fn reload(&mut self) -> Option<usize> {
        Some(self.tasks.len())
    }

    fn reopen(&mut self) {}

    fn assign(&mut self, _: &[Option<Life>]) {}

    fn listeners(&self) -> usize {
        self.tasks.len()
    }

    fn holds(&self, _: Life, _: usize) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        Policy {
            start_max: Duration::from_secs(20),
            quiet_max: Duration::from_secs(1),
            hang_max: Duration::from_secs(3),
            drain_max: Duration::from_secs(1),
            healthy_after: Duration::from_secs(60),
            failures_max: if self.tasks.contains(&"steady") { 100 } else { 4 },
            back_off_min: Duration::from_millis(5),
            back_off_max: Duration::from_millis(20),
            needed: usize::MAX,
        }
    }

    fn observe(&mut self, event: Event, _: &[Action]) {
        if matches!(event, Event::Ready(_)) {
            self.watch.change(|seen| seen.ready += 1);
        }
    }
}

/// What a test can do to the loop and its workers.
pub(crate) struct Master(Watch);

impl Master {
    /// Waits until this has been seen.
    pub(crate) fn until(&self, so: impl Fn(&Seen) -> bool) {
        let waited = self.0.0.1.wait_timeout_while(self.0.seen(), WAIT_MAX, |seen| !so(seen));
        let (seen, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "it did not come to this: {seen:?}");
    }

    pub(crate) fn stop(&self) {
        kill_process(getpid(), Signal::TERM).unwrap();
    }

    pub(crate) fn reload(&self) {
        kill_process(getpid(), Signal::HUP).unwrap();
    }

    pub(crate) fn kill_oldest(&self) {
        let alive = |pid: &&u32| exists(**pid);
        let oldest = self.0.seen().pids.iter().find(alive).copied().expect("somebody is there");
        kill_process(Pid::from_raw(oldest as i32).unwrap(), Signal::KILL).unwrap();
    }
}

/// Also as a zombie.
fn exists(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// How many processes were started, and how many of them are still there.
    pub(crate) started: usize,
    pub(crate) children: usize,
}

/// Runs the loop beside `script`. One at a time: signals are for the whole process.
pub(crate) fn supervise(mut crew: TestCrew, script: impl FnOnce(&Master)) -> Ended {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let signals = Signals::new().expect("handlers");
    let watch = crew.watch.clone();
    let workers = crew.tasks.len();
    let outcome = thread::scope(|scope| {
        let running = scope.spawn(|| run(&mut crew, signals, workers).expect("the loop can wait"));
        script(&Master(watch.clone()));
        running.join().expect("it ends by itself")
    });
    let pids = &watch.seen().pids;
    let children = pids.iter().filter(|&&pid| exists(pid)).count();
    Ended { outcome, started: pids.len(), children }
}
