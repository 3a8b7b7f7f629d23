//! Goal: load, faults and restarts together, for as long as there is time: `SOAK_SECONDS`, or five minutes in CI, or twenty
//! seconds. Nobody sees an error that the faults do not explain, nobody reads what was not written, no event and no job is
//! lost, and nothing grows.
//!
//! Method: clerks who write and read users, guests over TLS, a manager who submits jobs, and plain load, while services fail
//! in turn, and then workers and the keeper of jobs are killed, stopped and replaced.
//! Not proven: what a day does, or a machine that is short of memory or disk.

#[path = "soak/clients.rs"]
mod clients;
mod house;
#[path = "soak/reader.rs"]
mod reader;

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use load_tester::tally::Failures;
use rustix::process::Signal;

use clients::{clerk, connect, guest, manager};
use house::processes::{memory_kib, stop};
use house::proxy::{Proxy, Way};
use house::services::{Postgres, Redis};
use house::tls::Certificate;
use house::{Server, WAIT_MAX, send, until};
use reader::Reader;

/// How long.
fn duration() -> Duration {
    let seconds = std::env::var("SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    Duration::from_secs(seconds.unwrap_or(if is_ci { 300 } else { 20 }))
}

/// How much a process may have grown at the end, in KiB: caches fill, and the allocator keeps some.
const GROWTH_MAX_KIB: u64 = 8 << 10;

/// What a process has.
#[derive(Debug, Clone, Copy)]
struct Size {
    memory_kib: u64,
    descriptors: usize,
    threads: usize,
}

impl Size {
    fn of(pid: u32) -> Self {
        let count =
            |what: &str| fs::read_dir(format!("/proc/{pid}/{what}")).expect("it is there").count();
        Self { memory_kib: memory_kib(pid), descriptors: count("fd"), threads: count("task") }
    }

    fn assert_not_grown(self, before: Self, what: &str) {
        let told = format!("{what} was {before:?} and is {self:?}");
        assert!(self.memory_kib <= before.memory_kib + GROWTH_MAX_KIB, "{told}");
        // A connection of a pool more or less, and a thread for names.
        assert!(self.descriptors <= before.descriptors + 8, "{told}");
        assert!(self.threads <= before.threads + 2, "{told}");
    }
}

/// What goes on, for those who ask.
#[derive(Default)]
struct Stage {
    is_over: AtomicBool,
    /// The database may not answer.
    database_is_away: AtomicBool,
    /// Workers may die, with the connections that they have.
    workers_die: AtomicBool,
    requests: AtomicU64,
}

impl Stage {
    /// Whether `so` is true before the act or behind it.
    fn around<T>(&self, so: &AtomicBool, act: impl FnOnce() -> T) -> (bool, T) {
        let before = so.load(SeqCst);
        let result = act();
        self.requests.fetch_add(1, SeqCst);
        (before || so.load(SeqCst), result)
    }
}

struct Scene {
    server: Server,
    certificate: Certificate,
    postgres: Proxy,
    redis: Proxy,
    queue: Proxy,
    /// Last: they outlive who uses them.
    services: (Postgres, Redis),
}

impl Scene {
    fn start() -> Option<Self> {
        let services = (Postgres::start()?, Redis::start()?);
        let [postgres, redis, queue] = Proxy::to_all(&services.0, &services.1);
        let folder = tempfile::tempdir().expect("a folder");
        let certificate = Certificate::write(folder.path());
        fs::create_dir_all(folder.path().join("files")).expect("a folder");
        fs::write(folder.path().join("files/page.bin"), vec![7; 100_000]).expect("a file");
        let addresses = [
            ("--database-url", Postgres::url_at(postgres.address())),
            ("--redis-url", Redis::url_at(redis.address())),
            ("--queue-url", Redis::url_at(queue.address())),
        ];
        let mut options = certificate.options().to_vec();
        options.extend(addresses.iter().flat_map(|(name, url)| [*name, url.as_str()]));
        options.extend([
            "--database-timeout",
            "3s",
            "--breaker-open",
            "300ms",
            "--hang-timeout",
            "5s",
        ]);
        options.extend([
            "--redis-ttl",
            "1s",
            "--crashes-max",
            "1000000",
            "--database-connections-max",
            "20",
        ]);
        options.extend(["--job-processes", "1", "--job-queue", "100000"]);
        let server = Server::start_in(folder, &options);
        let scene = Self { server, certificate, postgres, redis, queue, services };
        scene.await_well();
        Some(scene)
    }

    fn await_well(&self) {
        until("all is well", || {
            let answer =
                connect(&self.server).and_then(|mut client| client.try_json("GET", "/ready", ""));
            answer.is_some_and(|answer| answer.status == 200 && answer.json()["status"] == "ready")
        });
    }

    /// Each service fails in each way, for a moment, one after the other, again and again.
    fn faults(&self) -> impl Iterator<Item = (&Proxy, Way)> {
        let ways = [
            Way::Closed,
            Way::Silent,
            Way::Slow(Duration::from_secs(4)),
            Way::Cut(3),
            Way::Rubbish,
        ];
        let of_all = |way| [&self.postgres, &self.redis, &self.queue].map(|proxy| (proxy, way));
        ways.into_iter().cycle().flat_map(of_all)
    }

    fn fail_services<'a>(
        &'a self,
        faults: &mut impl Iterator<Item = (&'a Proxy, Way)>,
        stage: &Stage,
        end: Instant,
    ) {
        while Instant::now() < end
            && !stage.is_over.load(SeqCst)
            && let Some((proxy, way)) = faults.next()
        {
            let is_database = std::ptr::eq(proxy, &self.postgres);
            let time = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
            eprintln!("{:.3} {}: {way:?}", time.as_secs_f64(), proxy.address());
            stage.database_is_away.store(is_database, SeqCst);
            proxy.set(way);
            thread::sleep(if is_database { LONG } else { MOMENT });
            proxy.set(Way::Open);
            // Each worker has breakers of its own.
            for worker in 0..2 {
                let mut client = self.server.client_of(worker);
                until("all is well", || client.get("/ready").json()["status"] == "ready");
            }
            // What was begun while it was away may still fail until its time is over.
            if is_database {
                thread::sleep(LONG);
            }
            stage.database_is_away.store(false, SeqCst);
            thread::sleep(MOMENT);
        }
    }

    /// Workers are killed, stopped and replaced, one after the other.
    fn replace_workers(&self, stage: &Stage, end: Instant) {
        stage.workers_die.store(true, SeqCst);
        for turn in 0_usize.. {
            if Instant::now() > end || stage.is_over.load(SeqCst) {
                break;
            }
            let workers = self.server.workers();
            let victim = workers[turn % workers.len()];
            match turn % 3 {
                0 => send(victim, Signal::KILL),
                1 => stop(victim),
                _ => self.server.signal(Signal::HUP),
            }
            self.await_others(&workers, turn % 3 == 2);
            self.await_well();
            thread::sleep(MOMENT);
        }
        stage.workers_die.store(false, SeqCst);
    }

    fn await_others(&self, before: &[u32], all: bool) {
        until("all are there again", || {
            let now = self.server.workers();
            let new = now.iter().filter(|worker| !before.contains(worker)).count();
            now.len() == MEMBERS && new >= if all { MEMBERS } else { 1 }
        });
    }
}

/// Two workers, and the keeper of jobs.
const MEMBERS: usize = 3;
/// How long a fault lasts, and peace behind it.
const MOMENT: Duration = Duration::from_millis(400);
/// How long the database is away: longer than anybody waits for it.
const LONG: Duration = Duration::from_millis(3500);
/// Connections of the load.
const LOAD: usize = 8;

#[test]
fn load_faults_and_restarts_together() {
    let Some(scene) = Scene::start() else { return };
    let (stage, all) = (Stage::default(), duration());
    let begin = Instant::now();
    let mut reader = Reader::of(&scene.services.1);
    let (outcome, jobs) = scene.server.under_load(
        |plan| (plan.connections, plan.duration) = (LOAD, 2 * all + 10 * WAIT_MAX),
        || {
            thread::scope(|scope| {
                // Also when something here fails.
                let _over = Over(&stage.is_over);
                for number in 0..3 {
                    let (server, stage) = (&scene.server, &stage);
                    scope.spawn(move || {
                        let _over = Over(&stage.is_over);
                        clerk(server, stage, number);
                    });
                }
                scope.spawn(|| {
                    let _over = Over(&stage.is_over);
                    guest(&scene.server, &scene.certificate, &stage);
                });
                scope.spawn(|| {
                    let _over = Over(&stage.is_over);
                    while !stage.is_over.load(SeqCst) {
                        reader.read();
                        thread::sleep(MOMENT / 4);
                    }
                });
                let jobs = scope.spawn(|| {
                    let _over = Over(&stage.is_over);
                    manager(&scene.server, &stage)
                });
                play(&scene, &stage, begin, all);
                stage.is_over.store(true, SeqCst);
                jobs.join().expect("it has said what went wrong")
            })
        },
    );
    // The load's own connections break with the worker that has them, and for no other reason.
    let broken = outcome.tally.failures.broken;
    assert_eq!(Failures { broken: 0, ..outcome.tally.failures }, Failures::default());
    let kills = scene.server.log().matches("has failed").count() as u64;
    assert!(broken <= kills * LOAD as u64, "{broken} broke, and {kills} workers died");
    let counted = scene.server.get("/ready").json()["parts"]["events"].clone();
    assert_eq!(counted["refused"], 0, "there was room on disk");
    // Who was killed between accepting an event and counting it has not counted it.
    until("all accepted events have come", || {
        reader.read();
        Some(reader.events()) >= counted["accepted"].as_u64()
    });
    for place in &jobs {
        until("what was accepted is run", || {
            let job = scene.server.get(place).json();
            assert!(
                ["waiting", "running", "done"].contains(&job["state"].as_str().unwrap()),
                "{job}"
            );
            job["result"]["count"] == 1229
        });
    }
    assert!(stage.requests.load(SeqCst) > 100 && outcome.tally.latencies.count() > 1000);
    eprintln!(
        "{:?}: {} plain requests, {} others, {} events, {} jobs, {kills} processes died",
        begin.elapsed(),
        outcome.tally.latencies.count(),
        stage.requests.load(SeqCst),
        reader.events(),
        jobs.len()
    );
}

/// First only services fail, and the workers that are there stay, so that one sees whether they grow. Then workers die.
fn play(scene: &Scene, stage: &Stage, begin: Instant, all: Duration) {
    let server = &scene.server;
    let mut faults = scene.faults();
    scene.fail_services(&mut faults, stage, begin + all / 5);
    let workers = server.workers();
    let before: Vec<Size> = workers.iter().map(|&worker| Size::of(worker)).collect();
    let master = Size::of(server.master());
    scene.fail_services(&mut faults, stage, begin + all * 3 / 5);
    assert_eq!(server.workers(), workers, "nobody has died of a service");
    for (&worker, before) in workers.iter().zip(before) {
        Size::of(worker).assert_not_grown(before, "a worker");
    }
    scene.replace_workers(stage, begin + all);
    scene.await_well();
    Size::of(server.master()).assert_not_grown(master, "the master");
    assert_eq!(server.workers().len(), MEMBERS, "and nobody is left over");
}

/// Whoever ends early ends it for all.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
