//! Several processes at one limiter. Each test starts itself again as its workers, which inherit the memory.

use std::os::fd::AsFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use solution_4_processes::prefork::{inherited, spawn};
use solution_4_processes::shared::{Plain, Region};
use sync::limiter::{Limit, Limiter, Verdict};
use witness::tcp::until;

use super::{MS, key};

const WORKERS: u64 = 4;

/// Of the limit that [`Stage::play`] plays with.
const INTERVAL_MS: u64 = 2;
const BURST: u64 = 10;

/// What all processes see.
#[repr(C)]
struct Stage {
    limiter: Limiter<4>,
    /// The virtual clock, in milliseconds.
    clock_ms: AtomicU64,
    /// How many workers are there.
    arrived: AtomicU64,
    /// How many requests of each key were admitted.
    admitted: [AtomicU64; 2],
}

// SAFETY: `repr(C)`, and all of it is atomic integers.
unsafe impl Plain for Stage {}

impl Stage {
    fn new() -> Region<Self> {
        Region::create("stage").expect("shared memory")
    }

    /// In a worker, what its parent has made.
    fn inherited() -> Option<Region<Self>> {
        let memory = inherited().expect("what was handed over").pop()?;
        Some(Region::open(memory).expect("shared memory"))
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.clock_ms.load(SeqCst))
    }

    fn total(&self) -> u64 {
        self.admitted.iter().map(|admitted| admitted.load(SeqCst)).sum()
    }

    /// Waits until all workers are there.
    fn begin(&self) {
        self.arrived.fetch_add(1, SeqCst);
        until(|| Ok(self.arrived.load(SeqCst) == WORKERS)).expect("all workers begin");
    }

    /// Requests without a pause. Whoever is refused turns the clock to the moment at which it would be admitted, if
    /// nobody else has turned it, so that no time is ever lost. Returns at `end_ms`, when nobody is admitted any more.
    fn play(&self, end_ms: u64) {
        let limit = Limit::new(1, INTERVAL_MS as u32 * MS, BURST as u32).expect("a limit");
        loop {
            let now_ms = self.clock_ms.load(SeqCst);
            match self.limiter.check(key(1), Duration::from_millis(now_ms), &limit) {
                Verdict::Admitted { .. } => {
                    let all = self.admitted[0].fetch_add(1, SeqCst) + 1;
                    let now_ms = self.clock_ms.load(SeqCst);
                    assert!(all <= BURST + now_ms / INTERVAL_MS, "{all} at {now_ms} ms");
                }
                Verdict::Refused { .. } if now_ms >= end_ms => break,
                Verdict::Refused { retry_after, .. } => {
                    let next_ms = now_ms + retry_after.as_millis() as u64;
                    assert!(next_ms > now_ms, "the clock goes on");
                    let _ = self.clock_ms.compare_exchange(now_ms, next_ms, SeqCst, SeqCst);
                }
            }
        }
    }
}

/// A process that does not outlive its test.
struct Worker(Child);

impl Worker {
    fn wait(&mut self) -> ExitStatus {
        self.0.wait().expect("its parent can wait for it")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the test `name`, which sees by what it inherits that it is a worker.
fn start(name: &str, stage: &Region<Stage>) -> Worker {
    let mut command = Command::new(std::env::current_exe().expect("a test is a program"));
    command.args([&format!("processes::{name}"), "--exact", "--nocapture"]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Worker(spawn(&mut command, &[stage.as_fd()]).expect("another process"))
}

fn run(name: &str, stage: &Region<Stage>) {
    let workers: Vec<_> = (0..WORKERS).map(|_| start(name, stage)).collect();
    for mut worker in workers {
        assert!(worker.wait().success());
    }
}

#[test]
fn processes_at_the_same_time_get_one_burst() {
    const REQUESTS: u64 = 100_000;
    // Nobody is refused who should not be, and ten are.
    const ADMITTED: u64 = WORKERS * REQUESTS - 10;
    let limit = Limit::new(1000, 1000 * MS, ADMITTED as u32).expect("a limit");
    if let Some(stage) = Stage::inherited() {
        stage.begin();
        for _ in 0..REQUESTS {
            for (number, admitted) in stage.admitted.iter().enumerate() {
                let verdict = stage.limiter.check(number as u64, stage.now(), &limit);
                if let Verdict::Admitted { .. } = verdict {
                    admitted.fetch_add(1, SeqCst);
                }
            }
        }
        return;
    }
    let stage = Stage::new();
    run("processes_at_the_same_time_get_one_burst", &stage);
    let admitted = stage.admitted.each_ref().map(|admitted| admitted.load(SeqCst));
    assert_eq!(admitted, [ADMITTED; 2], "requests that were admitted, of each key");
}

#[test]
fn while_time_goes_on_processes_get_what_one_would() {
    const END_MS: u64 = 100_000;
    if let Some(stage) = Stage::inherited() {
        stage.begin();
        return stage.play(END_MS);
    }
    let stage = Stage::new();
    run("while_time_goes_on_processes_get_what_one_would", &stage);
    assert_eq!(stage.total(), BURST + END_MS / INTERVAL_MS);
}

#[test]
fn a_process_that_is_killed_costs_one_request_at_most() {
    const KILLS: u64 = 20;
    if let Some(stage) = Stage::inherited() {
        return stage.play(u64::MAX);
    }
    let stage = Stage::new();
    for _ in 0..KILLS {
        let before = stage.total();
        let _killed = start("a_process_that_is_killed_costs_one_request_at_most", &stage);
        until(|| Ok(stage.total() > before + 1000)).expect("it makes requests");
    }
    // Whatever it was doing, the next one goes on.
    let end_ms = stage.clock_ms.load(SeqCst) + 1000;
    stage.play(end_ms);
    let (counted, all) = (stage.total(), BURST + end_ms / INTERVAL_MS);
    // A worker may have been killed between its admission and its count.
    assert!((all - KILLS..=all).contains(&counted), "{counted} of {all}");
}
