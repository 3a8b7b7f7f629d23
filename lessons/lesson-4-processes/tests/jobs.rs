//! Goal: whatever a job does, it does it to itself: others are answered, and each comes to exactly one end.
//!
//! Method: real processes that crash, spin, eat memory and are killed; the kernel says what is left of them.
//! Not proven: that a job which starts processes of its own cannot leave its group (setsid(2)).

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::sleep;
use std::time::{Duration, Instant};

use processes::jobs::{Cause, Failure, Full, Jobs, Limits, Outcome};
use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A pool, and what its jobs came to.
struct Pool {
    jobs: Jobs,
    /// What its processes have in their environments, and no other test's.
    mark: String,
    told: Sender<(u64, Outcome)>,
    ends: Receiver<(u64, Outcome)>,
    submitted: u64,
}

impl Pool {
    fn with(change: impl FnOnce(&mut Limits)) -> Self {
        let processes = NonZeroUsize::new(2).unwrap();
        let mut limits = Limits { processes, time: WAIT_MAX, ..Limits::default() };
        change(&mut limits);
        static POOLS: AtomicUsize = AtomicUsize::new(0);
        let mark = format!("pool-{}", POOLS.fetch_add(1, Relaxed));
        let its = mark.clone();
        let command = move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_lesson-4-worker"));
            command.arg("job").env("MARK", &its).env("RUST_BACKTRACE", "0");
            command
        };
        let (told, ends) = channel();
        Self { jobs: Jobs::start(limits, command).unwrap(), mark, told, ends, submitted: 0 }
    }

    fn start() -> Self {
        Self::with(|_| ())
    }

    /// Submits a job, and returns its number.
    fn submit(&mut self, job: &str) -> Result<u64, Full> {
        let (id, told) = (self.submitted + 1, self.told.clone());
        // Nobody may listen any more.
        let done = move |outcome| drop(told.send((id, outcome)));
        self.jobs.try_submit(id, job.as_bytes().to_vec(), done)?;
        self.submitted = id;
        Ok(id)
    }

    /// The next job that comes to its end.
    fn end(&self) -> (u64, Outcome) {
        self.ends.recv_timeout(WAIT_MAX).expect("a job ends")
    }

    /// Runs one job to its end.
    fn run(&mut self, job: &str) -> Outcome {
        let id = self.submit(job).unwrap();
        let (ended, outcome) = self.end();
        assert_eq!(ended, id);
        outcome
    }

    /// Its processes.
    fn processes(&self) -> Vec<i32> {
        let mark = format!("MARK={}\0", self.mark).into_bytes();
        let is_its = |pid: &i32| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.windows(mark.len()).any(|part| part == mark)
        };
        children(std::process::id()).into_iter().filter(is_its).collect()
    }

    fn until_running(&self, count: usize) {
        until("they run", || self.jobs.load() == (0, count));
    }
}

fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT_MAX;
    while !so() {
        assert!(Instant::now() < deadline, "not within {WAIT_MAX:?}: {what}");
        sleep(Duration::from_millis(2));
    }
}

/// The processes that `parent` has started and not waited for.
fn children(parent: u32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{parent}/task")).expect("it is there");
    let lists = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("children")));
    let all = lists.filter_map(Result::ok).collect::<Vec<_>>().join(" ");
    all.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

fn is_gone(pid: i32) -> bool {
    let Ok(text) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return true };
    // A zombie whose parent is somebody else's affair.
    text.rsplit_once(") ").is_none_or(|(_, fields)| fields.starts_with('Z'))
}

fn kill(pid: i32) {
    // It may have ended meanwhile.
    let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
}

#[test]
fn each_job_gets_its_own_answer() {
    let mut pool = Pool::with(|limits| limits.queued_max = 200);
    let mut expected = BTreeMap::new();
    for number in 0..200 {
        // Of all lengths, up to more than a socket takes at once.
        let text = format!("{number}-{}", "y".repeat(number * number * 20 % 700_000));
        expected.insert(pool.submit(&format!("echo {text}")).unwrap(), text);
    }
    for _ in 0..200 {
        let (id, outcome) = pool.end();
        let answer = String::from_utf8(outcome.expect("it can be done")).unwrap();
        assert!(expected.remove(&id).expect("once") == answer, "the answer of another job");
    }
}

#[test]
fn what_ends_a_job_is_told() {
    let mut pool = Pool::with(|limits| {
        limits.processor_time = Duration::from_secs(1);
        limits.attempts_max = 1;
    });
    let mut cause = |job: &str| pool.run(job).expect_err(job).cause;
    assert_eq!(cause("segfault"), Cause::Killed(Signal::SEGV.as_raw()));
    assert_eq!(cause("exit 7"), Cause::Exited(7));
    assert_eq!(cause("exit 0"), Cause::Exited(0), "without an answer");
    assert_eq!(cause("half"), Cause::Exited(0), "half of one is none");
    assert_eq!(cause("spin"), Cause::ProcessorTime);
    assert_eq!(cause("refuse not today"), Cause::Refused("not today".to_owned()));
    assert_eq!(cause("deaf"), Cause::Killed(Signal::KILL.as_raw()));
    // One byte of an answer says what it is.
    assert_eq!(pool.run("long 1048576").map(|answer| answer.len()), Ok(1 << 20));
    assert!(pool.run("long 1048577").is_err(), "longer than an answer may be");
}

#[test]
fn what_a_process_says_before_it_dies_is_kept() {
    let mut pool = Pool::with(|limits| limits.attempts_max = 1);
    let Failure { cause, said } = pool.run("panic there is no such report").unwrap_err();
    assert_eq!(cause, Cause::Exited(101));
    assert!(said.contains("there is no such report"), "{said}");
    // Of much, the end; and nobody waits for who reads it.
    let Failure { cause, said } = pool.run("chatter").unwrap_err();
    assert_eq!(cause, Cause::Exited(9));
    assert!(said.len() <= 1024 && said.contains("4999 zzz") && !said.contains("4000 z"), "{said}");
}

#[test]
fn who_eats_memory_gets_none() {
    let mut pool = Pool::with(|limits| {
        limits.attempts_max = 1;
        limits.memory_bytes = 64 << 20;
    });
    let Failure { cause, said } = pool.run("eat").unwrap_err();
    assert_eq!(cause, Cause::Killed(Signal::ABORT.as_raw()));
    assert!(said.contains("memory allocation of"), "{said}");
}

#[test]
fn a_job_that_takes_too_long_is_ended_and_hurts_no_other() {
    let mut pool = Pool::with(|limits| {
        limits.time = Duration::from_millis(300);
        limits.attempts_max = 1;
    });
    let late = pool.submit("sleep").unwrap();
    // They run in the other process meanwhile.
    for number in 0..5 {
        let id = pool.submit(&format!("echo {number}")).unwrap();
        assert_eq!(pool.end(), (id, Ok(number.to_string().into_bytes())));
    }
    let (id, outcome) = pool.end();
    assert_eq!((id, outcome.unwrap_err().cause), (late, Cause::Time));
}

#[test]
fn who_says_nothing_any_more_is_ended_in_time_too() {
    let mut pool = Pool::with(|limits| {
        limits.time = Duration::from_millis(300);
        limits.attempts_max = 1;
    });
    assert_eq!(pool.run("mute").unwrap_err().cause, Cause::Time);
}

#[test]
fn a_job_is_tried_twice_and_not_three_times() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = Pool::start();
    let file = |name: &str| folder.path().join(name);
    let begun = |path: &Path| fs::read_to_string(path).unwrap().lines().count();
    let once = file("once");
    assert_eq!(pool.run(&format!("once {}", once.display())), Ok(b"done".into()));
    assert_eq!(begun(&once), 2);
    let always = file("always");
    let failure = pool.run(&format!("always {}", always.display())).unwrap_err();
    assert_eq!(failure.cause, Cause::Killed(Signal::ABORT.as_raw()));
    assert_eq!(begun(&always), 2);
}

#[test]
fn who_says_that_it_cannot_be_done_is_not_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cannot");
    let failure = Pool::start().run(&format!("cannot {}", file.display())).unwrap_err();
    assert_eq!(failure.cause, Cause::Refused("there is no such report".to_owned()));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 1, "times it was begun");
}

#[test]
fn a_full_queue_gives_the_job_back() {
    let mut pool = Pool::with(|limits| limits.queued_max = 1);
    let running: Vec<_> = (0..2)
        .map(|count| {
            let id = pool.submit("sleep").unwrap();
            pool.until_running(count + 1);
            id
        })
        .collect();
    let waiting = pool.submit("echo a").unwrap();
    assert_eq!(pool.submit("echo b"), Err(Full(b"echo b".into())));
    assert!(pool.jobs.cancel(running[0]));
    let (id, outcome) = pool.end();
    assert_eq!((id, outcome.unwrap_err().cause), (running[0], Cause::Cancelled));
    assert_eq!(pool.end(), (waiting, Ok(b"a".into())));
    pool.until_running(1);
    assert!(pool.submit("echo c").is_ok());
}

#[test]
fn a_job_can_be_cancelled_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = Pool::with(|limits| limits.processes = NonZeroUsize::MIN);
    let running = pool.submit("sleep").unwrap();
    pool.until_running(1);
    let file = folder.path().join("begun");
    let waiting = pool.submit(&format!("always {}", file.display())).unwrap();
    for id in [waiting, running] {
        assert!(pool.jobs.cancel(id));
        let (ended, outcome) = pool.end();
        assert_eq!((ended, outcome.unwrap_err().cause), (id, Cause::Cancelled));
        assert!(!pool.jobs.cancel(id), "it has ended");
    }
    assert!(!file.exists(), "what waited was never begun");
    assert!(!pool.jobs.cancel(99));
    assert_eq!(pool.run("echo next"), Ok(b"next".into()));
}

#[test]
fn whatever_is_killed_each_job_comes_to_one_end() {
    let mut pool = Pool::with(|limits| {
        limits.queued_max = 300;
        // Each death takes one attempt of at most one job.
        limits.attempts_max = 1000;
    });
    for number in 0..300 {
        pool.submit(&format!("echo {number}")).unwrap();
    }
    let mut ended = BTreeMap::new();
    let mut kills = 0;
    for _ in 0..300 {
        let (id, outcome) = pool.end();
        assert_eq!(outcome, Ok((id - 1).to_string().into_bytes()));
        assert!(ended.insert(id, ()).is_none(), "{id} ended twice");
        // For each that ends, one that waits for a job, or that runs one.
        for victim in pool.processes().into_iter().take(1) {
            kill(victim);
            kills += 1;
        }
    }
    assert!(kills > 100, "{kills} is no storm");
    assert_eq!(pool.ends.try_recv().ok(), None);
}

#[test]
fn nothing_is_left_of_a_pool_that_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = Pool::with(|limits| limits.processes = NonZeroUsize::MIN);
    let file = folder.path().join("child");
    // What a job starts is killed with it.
    assert_eq!(pool.run(&format!("child {}", file.display())), Ok(Vec::new()));
    let child: i32 = fs::read_to_string(&file).unwrap().parse().unwrap();
    until("the job's child is gone", || is_gone(child));
    let running = pool.submit("spin").unwrap();
    pool.until_running(1);
    let waiting = pool.submit("echo never").unwrap();
    let Pool { jobs, ends, told, .. } = pool;
    drop((jobs, told));
    let mut ended: Vec<_> = ends.iter().map(|(id, end)| (id, end.unwrap_err().cause)).collect();
    ended.sort_by_key(|(id, _)| *id);
    assert_eq!(ended, [(running, Cause::Cancelled), (waiting, Cause::Cancelled)]);
}

/// Ended with the test.
struct Keeper(Child);

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn jobs_do_not_outlive_the_process_that_keeps_them() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesson-4-worker"));
    command.arg("keeps").stdin(Stdio::null()).process_group(0);
    let mut keeper = Keeper(command.spawn().unwrap());
    let mut theirs = Vec::new();
    until("one runs, and one waits", || {
        theirs = children(keeper.0.id());
        theirs.len() == 2
    });
    keeper.0.kill().unwrap();
    keeper.0.wait().unwrap();
    until("both are gone", || theirs.iter().all(|&pid| is_gone(pid)));
}

#[test]
fn a_process_that_cannot_be_started_fails_its_jobs_and_nothing_else() {
    let (told, ends) = channel();
    let jobs = Jobs::start(Limits::default(), || Command::new("/nowhere/at/all")).unwrap();
    jobs.try_submit(1, Vec::new(), move |outcome| told.send(outcome).unwrap()).unwrap();
    let failure = ends.recv_timeout(WAIT_MAX).unwrap().unwrap_err();
    assert!(matches!(failure.cause, Cause::NoProcess(_)), "{failure}");
}
