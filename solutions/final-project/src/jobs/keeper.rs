//! The keeper of background jobs: a process beside the workers, with its own connection to the database.
//!
//! It claims as many jobs as it has processes for, and never more: what waits, waits in the database, where each keeper can
//! have it. It says that it lives by renewing its leases, and so learns what was cancelled and what it has lost. When it is
//! told to go, it claims nothing any more, lets what runs come to its end for the time of a drain, and gives back the rest.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::env;
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::rand::{GetRandomFlags, getrandom};
use solution_4_processes::jobs::{Cause, Failure, Full, Jobs, Limits, Outcome};
use solution_4_processes::prefork::inherited;
use solution_4_processes::shared::Region;
use solution_4_processes::supervisor::{BEAT, READY};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::interval;

use super::process::{self, FRAME_BYTES};
use crate::board::Board;
use crate::database::Database;
use crate::log::{Log, Who};
use crate::settings::{Settings, from_text};
use crate::store::jobs::{JobEnd, JobState, StoredJob};
use crate::worker::{self, SETTINGS};
use crate::{exit, orphans};

/// The argument that makes the program this one.
pub(crate) const ARGUMENT: &str = "keeper";
/// How long a job is a keeper's own when that says nothing more. A keeper that dies holds its jobs up for so long.
const LEASE: Duration = Duration::from_secs(5);
/// How often it says that it lives.
const RENEW: Duration = Duration::from_secs(1);
/// How often it looks for jobs of which nobody has told it: those of other machines.
const LOOK: Duration = Duration::from_secs(2);
/// How often it forgets what has ended long ago.
const SWEEP: Duration = Duration::from_secs(60);
/// How often a job may be begun whose keepers die: one that takes the machine down is not to do so for ever.
const STARTS_MAX: u64 = 10;
/// How long its threads may take to end.
const END_MAX: Duration = Duration::from_secs(2);

/// What the master hands over.
struct Inheritance {
    settings: Settings,
    life: u64,
    place: usize,
    lifeline: UnixStream,
    board: Arc<Region<Board>>,
}

/// Runs the keeper that the master's command line asks for: `keeper LIFE PLACE`.
#[must_use]
pub fn run(arguments: &[String]) -> ExitCode {
    match inherit(arguments).and_then(begin) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::because(exit::ENVIRONMENT, &error),
    }
}

fn inherit(arguments: &[String]) -> io::Result<Inheritance> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "only the master starts keepers");
    let number = |index: usize| arguments.get(index)?.parse::<usize>().ok();
    let (Some(life), Some(place)) = (number(0), number(1)) else { return Err(invalid()) };
    let settings = env::var(SETTINGS).ok().and_then(|text| from_text(&text)).ok_or_else(invalid)?;
    let mut descriptors = inherited()?.into_iter();
    let mut next = || descriptors.next().ok_or_else(invalid);
    let lifeline = UnixStream::from(next()?);
    let board = Arc::new(Region::open(next()?)?);
    Ok(Inheritance { settings, life: life as u64, place, lifeline, board })
}

fn begin(inheritance: Inheritance) -> io::Result<()> {
    rustix::thread::set_name(c"api-server jobs")?;
    let Inheritance { settings, lifeline, .. } = &inheritance;
    let limit = settings.drain_timeout.get() + END_MAX + Duration::from_secs(1);
    orphans::watch(lifeline.try_clone()?, limit)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let keeper = local.block_on(&runtime, async { Keeper::open(&inheritance) })?;
    let Keeper { database, .. } = local.block_on(&runtime, live(keeper, inheritance))?;
    drop(local);
    runtime.shutdown_background();
    let pools = Rc::into_inner(database).map_or_else(Vec::new, Database::into_pools);
    for pool in pools {
        let _ = pool.shutdown(END_MAX);
    }
    Ok(())
}

struct Keeper {
    /// For the database: no two keepers ever have the same.
    name: String,
    settings: Settings,
    board: Arc<Region<Board>>,
    log: Log,
    database: Rc<Database>,
    jobs: Jobs,
    /// Those that run here.
    running: RefCell<BTreeSet<u64>>,
    /// Those of them that are not this keeper's any more, or that it gives back.
    dropped: RefCell<BTreeSet<u64>>,
    ended: UnboundedSender<(u64, Outcome)>,
    ends: RefCell<Option<UnboundedReceiver<(u64, Outcome)>>>,
    /// What of [`board::jobs::Jobs::submitted`](crate::board::jobs::Jobs) it has seen.
    seen: Cell<u64>,
    looked: Cell<Option<Instant>>,
}

impl Keeper {
    fn open(inheritance: &Inheritance) -> io::Result<Self> {
        let Inheritance { settings, board, life, .. } = inheritance;
        let log = Log::open(settings, Who::Keeper { life: *life })?;
        let mut name = [0; 16];
        getrandom(&mut name, GetRandomFlags::empty())?;
        let processes =
            NonZeroUsize::new(settings.job_processes.get()).unwrap_or(NonZeroUsize::MIN);
        let limits = Limits {
            processes,
            queued_max: processes.get(),
            time: settings.job_time.get(),
            processor_time: settings.job_processor_time.get(),
            memory_bytes: settings.job_memory.get() as u64,
            frame_bytes: FRAME_BYTES,
            attempts_max: 2,
        };
        let (ended, ends) = unbounded_channel();
        Ok(Self {
            name: format!("{:032x}", u128::from_ne_bytes(name)),
            settings: settings.clone(),
            board: Arc::clone(board),
            log,
            database: Rc::new(worker::keepers_database(settings, board)?),
            jobs: Jobs::start(limits, process::command)?,
            running: RefCell::default(),
            dropped: RefCell::default(),
            ended,
            ends: RefCell::new(Some(ends)),
            seen: Cell::new(0),
            looked: Cell::new(None),
        })
    }

    /// Claims jobs, if there are processes for them and there may be jobs.
    async fn claim(&self) {
        let free = self.settings.job_processes.get().saturating_sub(self.running.borrow().len());
        let submitted = self.board.jobs.submitted.get();
        let long_ago = self.looked.get().is_none_or(|looked| looked.elapsed() >= LOOK);
        if free == 0 || (self.seen.get() == submitted && !long_ago) {
            return;
        }
        self.looked.set(Some(Instant::now()));
        let claimed =
            self.database.jobs(async |store| store.claim_jobs(&self.name, free, LEASE).await);
        match claimed.await {
            Ok(jobs) => {
                // There may be more of them.
                if jobs.len() < free {
                    self.seen.set(submitted);
                }
                for job in jobs {
                    self.start(job).await;
                }
            }
            Err(error) => self.log.error(&format!("no job can be claimed: {error}")),
        }
    }

    async fn start(&self, job: StoredJob) {
        let StoredJob { id, input, starts, cancel, .. } = job;
        if cancel {
            return self.finish(id, JobEnd::Cancelled).await;
        }
        if starts > STARTS_MAX {
            let why = format!("it was begun {STARTS_MAX} times, and its keeper ended each time");
            return self.finish(id, JobEnd::Failed(why)).await;
        }
        let ended = self.ended.clone();
        // When the keeper ends, nobody listens any more.
        let done = move |outcome| drop(ended.send((id, outcome)));
        match self.jobs.try_submit(id, input.into_bytes(), done) {
            Ok(()) => {
                self.running.borrow_mut().insert(id);
            }
            // There is a place in the queue for each process. Its lease will run out.
            Err(Full(_)) => self.log.error(&format!("there is no process for job {id}")),
        }
        self.board.jobs.running.set(self.running.borrow().len() as u64);
    }

    /// A job has come to an end here.
    async fn ended(&self, id: u64, outcome: Outcome) {
        self.running.borrow_mut().remove(&id);
        self.board.jobs.running.set(self.running.borrow().len() as u64);
        if self.dropped.borrow_mut().remove(&id) {
            return;
        }
        let (end, count) = match outcome {
            Ok(result) => {
                let result = String::from_utf8_lossy(&result).into_owned();
                (JobEnd::Done(result), &self.board.jobs.done)
            }
            Err(Failure { cause: Cause::Cancelled, .. }) => {
                (JobEnd::Cancelled, &self.board.jobs.cancelled)
            }
            Err(failure) => {
                self.log.error(&format!("job {id} has failed: {failure}"));
                // What its process has said is not for clients.
                (JobEnd::Failed(failure.cause.to_string()), &self.board.jobs.failed)
            }
        };
        count.add(1);
        self.finish(id, end).await;
    }

    /// Without an answer of the database the lease runs out, and the job is run again.
    async fn finish(&self, id: u64, end: JobEnd) {
        let finish = self.database.jobs(async |store| store.finish_job(id, &self.name, end).await);
        match finish.await {
            Ok(true) => {}
            Ok(false) => self.log.error(&format!("job {id} has been given to another keeper")),
            Err(error) => self.log.error(&format!("the end of job {id} is not noted: {error}")),
        }
    }

    /// Says that it lives, and ends what is not to be run here any more.
    async fn renew(&self) {
        let waiting = async {
            let count = self.database.jobs(async |store| store.count_jobs(JobState::Waiting).await);
            if let Ok(waiting) = count.await {
                self.board.jobs.waiting.set(waiting);
            }
        };
        waiting.await;
        if self.running.borrow().is_empty() {
            return;
        }
        // What ends meanwhile is not lost.
        let running = self.running.borrow().clone();
        let renewed = self.database.jobs(async |store| store.renew_jobs(&self.name, LEASE).await);
        let own = match renewed.await {
            Ok(own) => own,
            Err(error) => return self.log.error(&format!("leases are not renewed: {error}")),
        };
        for job in own.iter().filter(|job| job.cancel) {
            // One that is just ending ends otherwise.
            let _ = self.jobs.cancel(job.id);
        }
        let own: BTreeSet<u64> = own.iter().map(|job| job.id).collect();
        let still = self.running.borrow().clone();
        for &id in running.difference(&own).filter(|id| still.contains(id)) {
            self.dropped.borrow_mut().insert(id);
            let _ = self.jobs.cancel(id);
        }
    }

    /// Forgets what has ended long ago.
    async fn sweep(&self) {
        let keep = self.settings.job_keep.get();
        if let Err(error) = self.database.jobs(async |store| store.sweep_jobs(keep).await).await {
            self.log.error(&format!("old jobs stay: {error}"));
        }
    }
}

/// Until it is told to go, or the master is gone.
async fn live(keeper: Keeper, inheritance: Inheritance) -> io::Result<Keeper> {
    let Inheritance { lifeline, place, .. } = inheritance;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut reopen = signal(SignalKind::user_defined1())?;
    // Those of a terminal are for the master.
    let _ignored = [signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?];
    lifeline.set_nonblocking(true)?;
    let mut master = lifeline.try_clone()?;
    let lifeline = tokio::net::UnixStream::from_std(lifeline)?;
    let board = Arc::clone(&keeper.board);
    let beating = spawn_local(async move {
        let (mut beat, mut spent) = (interval(BEAT), 0);
        loop {
            beat.tick().await;
            let sign = &board.jobs.keeper;
            sign.show_process();
            let now = sign.processor.get();
            board.jobs.processor.add(now.saturating_sub(spent));
            spent = now;
            board.signs[place].beat.add(1);
        }
    });
    let mut ends = keeper.ends.take().expect("it is taken once");
    // Whether the server can start at all is for the workers to say.
    until_there_is_a_worker(&keeper.board).await;
    master.write_all(&[READY])?;
    let mut look = interval(BEAT);
    let (mut renew, mut sweep) = (interval(RENEW), interval(SWEEP));
    loop {
        tokio::select! {
            Some((id, outcome)) = ends.recv() => {
                keeper.ended(id, outcome).await;
                keeper.claim().await;
            }
            _ = look.tick() => keeper.claim().await,
            _ = renew.tick() => keeper.renew().await,
            _ = sweep.tick() => keeper.sweep().await,
            _ = reopen.recv() => keeper.log.reopen(),
            _ = terminate.recv() => break,
            _ = lifeline.readable() => break,
        }
    }
    let end = tokio::time::Instant::now() + keeper.settings.drain_timeout.get();
    while !keeper.running.borrow().is_empty() {
        tokio::select! {
            Some((id, outcome)) = ends.recv() => keeper.ended(id, outcome).await,
            _ = renew.tick() => keeper.renew().await,
            () = tokio::time::sleep_until(end) => break,
        }
    }
    give_back(&keeper).await;
    beating.abort();
    Ok(keeper)
}

async fn until_there_is_a_worker(board: &Board) {
    let mut look = interval(BEAT / 5);
    while board.signs.iter().all(|sign| sign.pid.get() == 0) {
        look.tick().await;
    }
}

/// What runs still is another keeper's, at once.
async fn give_back(keeper: &Keeper) {
    let left = keeper.running.borrow().len();
    if left == 0 {
        return;
    }
    for &id in keeper.running.borrow().iter() {
        let _ = keeper.jobs.cancel(id);
    }
    keeper.log.info(&format!("{left} jobs are given back"));
    let released = keeper.database.jobs(async |store| store.release_jobs(&keeper.name).await).await;
    if let Err(error) = released {
        keeper.log.error(&format!("they wait for their leases to run out: {error}"));
    }
}
