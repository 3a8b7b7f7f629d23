//! What a keeper does with jobs: claims them, has them run, and tells the database how they ended.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::rand::{GetRandomFlags, getrandom};
use solution_4_processes::jobs::{Cause, Failure, Full, Jobs, Limits, Outcome};
use solution_4_processes::shared::Region;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Inheritance;
use crate::board::Board;
use crate::database::Database;
use crate::jobs::process::{self, FRAME_BYTES};
use crate::log::{Log, Who};
use crate::settings::Settings;
use crate::store::StoreError;
use crate::store::jobs::{JobEnd, JobState, StoredJob};
use crate::worker;

/// How long a job is a keeper's own when that says nothing more. A keeper that dies holds its jobs up for so long.
const LEASE: Duration = Duration::from_secs(5);
/// How often it looks for jobs of which nobody has told it: those of other machines.
const LOOK: Duration = Duration::from_secs(2);
/// How long it may forget old ones; what is left has to wait for the next time.
const SWEEP_MAX: Duration = Duration::from_secs(1);
/// How long it claims nothing when there is no process to be had.
const REST: Duration = Duration::from_secs(2);
/// How often a job may be begun whose keepers die: one that takes the machine down is not to do so for ever.
const STARTS_MAX: u64 = 10;

/// A keeper, and what it has.
pub(super) struct Keeper {
    /// For the database: no two keepers ever have the same.
    name: String,
    pub(super) settings: Settings,
    pub(super) board: Arc<Region<Board>>,
    pub(super) log: Log,
    pub(super) database: Rc<Database>,
    jobs: Jobs,
    /// Those that run here.
    pub(super) running: RefCell<BTreeSet<u64>>,
    /// Those of them that are not this keeper's any more.
    dropped: RefCell<BTreeSet<u64>>,
    /// Those that have ended, and the database does not know yet.
    pub(super) unnoted: RefCell<BTreeMap<u64, JobEnd>>,
    ended: UnboundedSender<(u64, Outcome)>,
    pub(super) ends: RefCell<Option<UnboundedReceiver<(u64, Outcome)>>>,
    /// When there was last something new ([`Jobs::submitted`](crate::board::jobs::Jobs)), and whether it has claimed since.
    heard: Cell<u64>,
    seen: Cell<u64>,
    looked: Cell<Option<Instant>>,
    /// There are no processes to be had until then.
    rest: Cell<Option<Instant>>,
    /// A claim had no answer: it may have been given jobs of which it does not know.
    unsure: Cell<bool>,
    /// Where it shows how many it runs.
    place: usize,
}

impl Keeper {
    pub(super) fn open(inheritance: &Inheritance) -> io::Result<Self> {
        let Inheritance { settings, board, life, place, .. } = inheritance;
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
            unnoted: RefCell::default(),
            ended,
            ends: RefCell::new(Some(ends)),
            heard: Cell::default(),
            seen: Cell::default(),
            looked: Cell::new(None),
            rest: Cell::new(None),
            unsure: Cell::new(false),
            place: *place,
        })
    }

    /// Claims jobs, if there are processes for them and there may be jobs.
    pub(super) async fn claim(&self) {
        // One whose end is not known to the database is not to be run again meanwhile: nobody is let in for it.
        let taken = self.running.borrow().len() + self.unnoted.borrow().len();
        let free = self.settings.job_processes.get().saturating_sub(taken);
        let submitted = self.board.jobs.submitted.get();
        if self.heard.replace(submitted) != submitted {
            // Somebody may have cancelled one.
            self.renew().await;
        }
        let long_ago = self.looked.get().is_none_or(|looked| looked.elapsed() >= LOOK);
        let rests = self.rest.get().is_some_and(|until| Instant::now() < until);
        if free == 0 || rests || (self.seen.get() == submitted && !long_ago) {
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
            Err(error) => {
                self.unsure.set(true);
                self.tell("no job can be claimed", &error);
            }
        }
    }

    fn show(&self) {
        self.board.signs[self.place].jobs.set(self.running.borrow().len() as u64);
    }

    /// That a database is left alone has had reasons, which have been told.
    fn tell(&self, what: &str, error: &StoreError) {
        if !matches!(error, StoreError::Resting(_)) {
            self.log.error(&format!("{what}: {error}"));
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
                self.show();
            }
            // There is a place in the queue for each process.
            Err(Full(_)) => self.release(id).await,
        }
    }

    /// Gives a job back. When the database does not hear that, it is tried again.
    async fn release(&self, id: u64) {
        let release = self.database.jobs(async |store| store.release_job(id, &self.name).await);
        if let Err(error) = release.await {
            self.unsure.set(true);
            self.tell(&format!("job {id} is not given back yet"), &error);
        }
    }

    /// A job has come to an end here.
    pub(super) async fn ended(&self, id: u64, outcome: Outcome) {
        self.running.borrow_mut().remove(&id);
        self.show();
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
            Err(failure @ Failure { cause: Cause::NoProcess(_), .. }) => {
                // It is not the job's fault, and this machine may be better in a moment.
                self.log.error(&format!("job {id} is given back: {failure}"));
                self.rest.set(Some(Instant::now() + REST));
                return self.release(id).await;
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

    /// Tells the database, as often as it takes. If that takes too long, the job is another keeper's, and run again.
    async fn finish(&self, id: u64, end: JobEnd) {
        self.unnoted.borrow_mut().insert(id, end.clone());
        let finish = self.database.jobs(async |store| store.finish_job(id, &self.name, end).await);
        match finish.await {
            Ok(is_own) => {
                self.unnoted.borrow_mut().remove(&id);
                if !is_own {
                    self.log.error(&format!("job {id} has been given to another keeper"));
                }
            }
            Err(error) => self.tell(&format!("the end of job {id} is not noted yet"), &error),
        }
    }

    /// Tries again what could not be told.
    pub(super) async fn finish_all(&self) {
        let unnoted = self.unnoted.borrow().clone();
        for (id, end) in unnoted {
            self.finish(id, end).await;
        }
    }

    /// Shows how many jobs wait.
    pub(super) async fn count(&self) {
        let count = self.database.jobs(async |store| store.count_jobs(JobState::Waiting).await);
        if let Ok(waiting) = count.await {
            self.board.jobs.waiting.set(waiting);
        }
    }

    /// Says that it lives, and ends what is not to be run here any more.
    pub(super) async fn renew(&self) {
        let running = self.running.borrow().clone();
        if running.is_empty() && self.unnoted.borrow().is_empty() && !self.unsure.get() {
            return;
        }
        let renewed = self.database.jobs(async |store| store.renew_jobs(&self.name, LEASE).await);
        let own = match renewed.await {
            Ok(own) => own,
            Err(error) => return self.tell("leases are not renewed", &error),
        };
        for job in own.iter().filter(|job| job.cancel) {
            // One that is just ending ends otherwise.
            let _ = self.jobs.cancel(job.id);
        }
        let own: BTreeSet<u64> = own.iter().map(|job| job.id).collect();
        for &id in running.difference(&own) {
            self.dropped.borrow_mut().insert(id);
            let _ = self.jobs.cancel(id);
        }
        self.unsure.set(false);
        let unnoted: BTreeSet<u64> = self.unnoted.borrow().keys().copied().collect();
        for id in own.into_iter().filter(|id| !running.contains(id) && !unnoted.contains(id)) {
            self.release(id).await;
        }
    }

    /// Forgets what has ended long ago, but not for so long that leases run out meanwhile.
    pub(super) async fn sweep(&self) {
        let keep = self.settings.job_keep.get();
        let begun = Instant::now();
        while begun.elapsed() < SWEEP_MAX {
            match self.database.jobs(async |store| store.sweep_jobs(keep).await).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return self.tell("old jobs stay", &error),
            }
        }
    }

    /// What runs still is another keeper's, at once.
    pub(super) async fn give_back(&self) {
        let left = self.running.borrow().clone();
        for id in left {
            self.log.info(&format!("job {id} is given back"));
            // One that is just ending is run again.
            let _ = self.jobs.cancel(id);
            self.release(id).await;
        }
    }
}
