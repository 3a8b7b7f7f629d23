//! The thread that carries events from the spool to the queue.
//!
//! It may wait: for the disk, and for a queue that does not answer. It sleeps while there is nothing to do. The event loop
//! wakes it with the first event that comes then; for a while after that it comes back by itself, so that a busy server
//! wakes nobody and events go in batches.

use std::fmt;
use std::io;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, fence};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, park_timeout, sleep};
use std::time::{Duration, Instant};

use solution_7_sync::breaker::Breaker;

use super::queue::Queue;
use super::spool::{Orphan, Reader, Record, Spool};
use super::{Counts, Plan, Seen, Standing};
use crate::clock;

/// How many events go together.
const BATCH: usize = 500;
/// And how many batches, before others have their turn.
const BATCHES_MAX: usize = 20;
/// How long events gather.
const GATHER: Duration = Duration::from_millis(20);
/// How long the thread sleeps when nobody wakes it: then it looks for what dead workers have left.
const NAP: Duration = Duration::from_secs(1);
/// How soon a queue that is away is looked at again. Its breaker decides whether it is asked.
const RETRY: Duration = Duration::from_millis(100);
/// How often the disk is asked to have what is written.
const SYNC: Duration = Duration::from_secs(1);

/// The thread, as the event loop sees it.
#[derive(Debug)]
pub struct Forwarder {
    thread: JoinHandle<()>,
    shared: Arc<Shared>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The thread sleeps, or is about to.
    sleeps: AtomicBool,
    /// It is to hand over what it can, and end.
    ends: AtomicBool,
    /// A spool that was made when there was room again, on its way to the event loop.
    spool: Mutex<Option<Spool>>,
}

/// The thread did not end in time.
#[derive(Debug)]
pub struct Stuck;

impl Forwarder {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// There is no thread.
    pub fn start(
        plan: Plan,
        reader: Option<Reader>,
        seen: Arc<Seen>,
        counts: impl Counts,
        tell: impl Fn(&str) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let (alive, ended) = mpsc::channel();
        let thread = thread::Builder::new().name("events".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || {
                let _alive = alive;
                let breaker = Breaker::new(plan.breaker);
                let queue = plan.target.open();
                Carrier { plan, queue, breaker, seen, counts, tell, told: Standing::Up }
                    .run(&shared, reader);
            }
        })?;
        Ok(Self { thread, shared, ended })
    }

    /// A spool that has been made since, if there is one.
    pub fn new_spool(&self) -> Option<Spool> {
        self.shared.spool.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// There is an event.
    #[inline]
    pub fn look(&self) {
        // Pairs with the order of events in `rest`: either the thread sees the event, or it is seen to sleep.
        fence(SeqCst);
        if self.shared.sleeps.load(SeqCst) && self.shared.sleeps.swap(false, SeqCst) {
            self.thread.thread().unpark();
        }
    }

    /// Ends it, when it has handed over what it can.
    ///
    /// # Errors
    ///
    /// [`Stuck`]: it goes on, and ends with the process.
    pub fn end(self, deadline: Duration) -> Result<(), Stuck> {
        self.shared.ends.store(true, SeqCst);
        self.thread.thread().unpark();
        match self.ended.recv_timeout(deadline) {
            Err(RecvTimeoutError::Disconnected) => {
                let _ = self.thread.join();
                Ok(())
            }
            Ok(()) | Err(RecvTimeoutError::Timeout) => Err(Stuck),
        }
    }
}

/// What the thread has.
struct Carrier<C, T> {
    plan: Plan,
    queue: Box<dyn Queue>,
    breaker: Breaker,
    seen: Arc<Seen>,
    counts: C,
    tell: T,
    /// What was said last.
    told: Standing,
}

impl<C: Counts, T: Fn(&str)> Carrier<C, T> {
    fn run(mut self, shared: &Shared, mut reader: Option<Reader>) {
        let mut orphans = Vec::new();
        let (mut looked, mut synced): (Option<Instant>, _) = (None, Instant::now());
        loop {
            // Before the last look at what is there.
            let ends = shared.ends.load(SeqCst);
            if looked.is_none_or(|looked| looked.elapsed() >= NAP) {
                orphans = self.orphans(orphans);
                looked = Some(Instant::now());
                if reader.is_none() {
                    reader = self.make_room(shared);
                }
            }
            let carried = reader.as_mut().map_or(0, |reader| self.carry(reader));
            orphans.retain_mut(|orphan| {
                self.carry(orphan);
                !is_done(orphan)
            });
            if synced.elapsed() >= SYNC || ends {
                self.sync(reader.as_ref());
                synced = Instant::now();
            }
            let waiting = !orphans.is_empty() || reader.as_ref().is_some_and(has_some);
            let up = self.told == Standing::Up;
            match (ends, waiting) {
                (true, true) if up => {}
                (true, _) => break,
                _ if !up => park_timeout(RETRY),
                _ if waiting || carried > 0 => sleep(GATHER),
                _ => rest(shared, reader.as_ref()),
            }
        }
        let left = reader.filter(|reader| has_some(reader) || reader.remove().is_err());
        if left.is_some() || !orphans.is_empty() {
            (self.tell)("access events wait on disk for the next worker that hands some over");
        }
    }

    /// Those that were known, and those that are new.
    fn orphans(&self, mut known: Vec<Orphan>) -> Vec<Orphan> {
        match Orphan::all(&self.plan.directory) {
            Ok(new) => known.extend(new),
            Err(error) => (self.tell)(&format!("cannot look for waiting events: {error}")),
        }
        known
    }

    /// A spool, when the disk has room for one again, and its other end for the event loop.
    fn make_room(&self, shared: &Shared) -> Option<Reader> {
        let Plan { directory, share, bytes, .. } = &self.plan;
        let (spool, reader) = Spool::create(directory, *share, *bytes).ok()??;
        *shared.spool.lock().unwrap_or_else(PoisonError::into_inner) = Some(spool);
        (self.tell)("there is room for access events again");
        Some(reader)
    }

    fn sync(&mut self, reader: Option<&Reader>) {
        // What was left when the queue is away is what a power failure would take.
        if self.told != Standing::Up
            && let Some(Err(error)) = reader.map(Reader::sync)
        {
            (self.tell)(&format!("waiting events may not be on disk: {error}"));
        }
        if let Err(error) = self.queue.sync() {
            (self.tell)(&error.to_string());
        }
    }

    /// Hands over what there is, in some batches, and returns how many events the queue has taken. Others have their turn
    /// even when more come all the time.
    fn carry(&mut self, source: &mut impl Source) -> usize {
        let mut carried = 0;
        for _ in 0..BATCHES_MAX {
            let batch = source.next();
            if batch.is_empty() {
                break;
            }
            let taken = self.publish(&batch);
            source.done(taken);
            self.counts.published(taken as u64);
            carried += taken;
            if taken < BATCH {
                break;
            }
        }
        carried
    }

    /// How many of a batch the queue has taken.
    fn publish(&mut self, batch: &[Record]) -> usize {
        let Ok(call) = self.breaker.enter(clock::now()) else { return 0 };
        let (standing, taken) = match self.queue.publish(batch) {
            Ok(taken) => {
                call.succeeded();
                (if taken < batch.len() { Standing::Full } else { Standing::Up }, taken)
            }
            Err(error) => {
                call.failed(clock::now());
                if self.told != Standing::Down {
                    (self.tell)(&error.to_string());
                }
                (Standing::Down, 0)
            }
        };
        if standing != self.told && standing != Standing::Down {
            (self.tell)(&format!("the queue is {}", standing.name()));
        }
        self.told = standing;
        self.seen.set(standing);
        taken
    }
}

/// Sleeps until an event comes, or it is time to look for what others have left.
fn rest(shared: &Shared, reader: Option<&Reader>) {
    shared.sleeps.store(true, SeqCst);
    // Whatever came before that was said has woken nobody. Pairs with the fence in `look`.
    fence(SeqCst);
    if !reader.is_some_and(has_some) && !shared.ends.load(SeqCst) {
        park_timeout(NAP);
    }
    shared.sleeps.store(false, SeqCst);
}

fn has_some(reader: &Reader) -> bool {
    !reader.batch(1).is_empty()
}

/// An orphan that is empty is removed, and let go of in any case. If it is still there, the next look finds it again.
fn is_done(orphan: &mut Orphan) -> bool {
    let is_empty = orphan.batch(1).is_empty();
    if is_empty {
        let _ = orphan.remove();
    }
    is_empty
}

/// Where events come from.
trait Source {
    fn next(&mut self) -> Vec<Record>;
    fn done(&mut self, count: usize);
}

impl Source for Reader {
    fn next(&mut self) -> Vec<Record> {
        self.batch(BATCH)
    }

    fn done(&mut self, count: usize) {
        Reader::done(self, count);
    }
}

impl Source for Orphan {
    fn next(&mut self) -> Vec<Record> {
        self.batch(BATCH)
    }

    fn done(&mut self, count: usize) {
        Orphan::done(self, count);
    }
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the queue or the disk has not answered yet: another worker hands over what waits",
        )
    }
}

impl std::error::Error for Stuck {}
