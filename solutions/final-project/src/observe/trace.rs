//! Where the time of a request goes: its spans, if it is one of those that are recorded.
//!
//! # Which are recorded
//!
//! A share of all (`trace_sample`), by chance, and those whose caller records them, since a trace with holes tells little. So
//! many a second at most: callers decide about their requests, and not about this server's time. Of all others nothing is
//! kept, and nothing is allocated.
//!
//! # When it is finished
//!
//! Some of the work goes on behind the answer, as when a user is put into Redis. So whoever works holds the trace, and when
//! the last one lets go of it, it goes on the board.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use solution_4_processes::shared::Region;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::context::TraceContext;
use crate::board::Board;
use crate::board::numbers::NO_ROUTE;

/// The most spans of a request; further ones are left out.
const SPANS_MAX: usize = 16;
/// The most traces of a worker in a second.
const TRACES_MAX: u32 = 100;

/// What is done in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Work {
    /// A user is looked for in Redis.
    CacheGet = 1,
    /// A user is put into Redis.
    CacheSet,
    /// The database is asked.
    DbQuery,
    /// An access is told.
    QueuePublish,
    /// A thread of the pool computes.
    Compute,
}

impl Work {
    const ALL: [Self; 5] =
        [Self::CacheGet, Self::CacheSet, Self::DbQuery, Self::QueuePublish, Self::Compute];

    /// As it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CacheGet => "cache-get",
            Self::CacheSet => "cache-set",
            Self::DbQuery => "db-query",
            Self::QueuePublish => "queue-publish",
            Self::Compute => "compute",
        }
    }

    fn of(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|work| *work as u64 == number)
    }
}

/// A finished request, with what was done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Its trace, and the span of the request itself.
    pub context: TraceContext,
    /// The caller's span, if there is one.
    pub parent: Option<u64>,
    /// When it began, since 1970.
    pub begin: Duration,
    /// How long it took until it was answered.
    pub took: Duration,
    /// The place of its route.
    pub route: usize,
    /// What the client was answered.
    pub status: u16,
    /// Which worker answered.
    pub worker: usize,
    /// What was done, in the order in which it began.
    pub spans: Vec<Span>,
}

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// What is done.
    pub work: Work,
    /// How long after the request's begin.
    pub begin: Duration,
    /// How long it took.
    pub took: Duration,
    /// Whether it failed.
    pub failed: bool,
}

/// Words of a trace on the board: what is of the request, and two for each span.
pub const WORDS: usize = 8 + 2 * SPANS_MAX;

/// Decides what is recorded, in one worker.
#[derive(Debug)]
pub struct Tracer {
    board: Arc<Region<Board>>,
    worker: usize,
    /// Of 2^32 requests so many.
    share: u64,
    random: Cell<u64>,
    /// The second, and how many have been recorded in it.
    second: Cell<(u64, u32)>,
    export: RefCell<Option<Export>>,
}

/// Where they are sent, besides.
#[derive(Debug)]
pub struct Export {
    /// The way there.
    pub traces: Sender<Trace>,
    /// Ends when all that was given on is sent.
    pub sent: JoinHandle<()>,
}

impl Tracer {
    /// Records a `share` (0 to 1) of this worker's requests. `seed` is by chance.
    #[must_use]
    pub fn new(board: Arc<Region<Board>>, worker: usize, share: f64, seed: u64) -> Self {
        let share = (share * (1_u64 << 32) as f64) as u64;
        let (random, second) = (Cell::new(seed), Cell::default());
        Self { board, worker, share, random, second, export: RefCell::default() }
    }

    /// Has them sent, from now on.
    #[must_use]
    pub fn and_sent(self, export: Option<Export>) -> Self {
        self.export.replace(export);
        self
    }

    /// Sends none any more, and waits for the last ones, so long.
    pub async fn close(&self, limit: Duration) {
        let Some(Export { traces, sent }) = self.export.take() else { return };
        drop(traces);
        // What is not sent by then is lost, like the rest of what a process has in memory.
        let _ = timeout(limit, sent).await;
    }

    fn finished(&self, trace: &mut Trace) {
        self.board.traces.put(&trace.words());
        if let Some(export) = &*self.export.borrow()
            && export.traces.try_send(trace.clone()).is_err()
        {
            self.board.traces_lost.add(1);
        }
    }

    /// A request begins; `caller` is what it says of its trace.
    #[inline]
    pub fn begin(self: &Rc<Self>, caller: Option<TraceContext>) -> Recording {
        let wanted =
            caller.is_some_and(|caller| caller.sampled) || self.random() >> 32 < self.share;
        if wanted && self.has_room() { self.record(caller) } else { Recording(None) }
    }

    #[cold]
    fn record(self: &Rc<Self>, caller: Option<TraceContext>) -> Recording {
        let trace = match caller {
            Some(caller) => caller.trace,
            None => u128::from(self.random() | 1) << 64 | u128::from(self.random()),
        };
        let context = TraceContext { trace, span: self.random() | 1, sampled: true };
        Recording(Some(Rc::new(Open {
            tracer: Rc::clone(self),
            started: Instant::now(),
            forgotten: Cell::new(false),
            trace: RefCell::new(Trace {
                context,
                parent: caller.map(|caller| caller.span),
                begin: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
                took: Duration::ZERO,
                route: NO_ROUTE,
                status: 0,
                worker: self.worker,
                spans: Vec::with_capacity(SPANS_MAX),
            }),
        })))
    }

    fn has_room(&self) -> bool {
        let now = crate::clock::now().as_secs();
        let (second, count) = self.second.get();
        let count = if second == now { count } else { 0 };
        self.second.set((now, count + 1));
        count < TRACES_MAX
    }

    /// The next number of `splitmix64`: not for secrets.
    #[inline]
    fn random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// A request that is recorded, or is not. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Recording(Option<Rc<Open>>);

#[derive(Debug)]
struct Open {
    tracer: Rc<Tracer>,
    started: Instant,
    forgotten: Cell<bool>,
    trace: RefCell<Trace>,
}

impl Recording {
    /// Some work begins, and ends with what this returns.
    #[inline]
    #[must_use]
    pub fn span(&self, work: Work) -> Doing {
        Doing(self.0.as_ref().map(|open| Timed {
            open: Rc::clone(open),
            work,
            begin: open.started.elapsed(),
            failed: false,
        }))
    }

    /// The request has been answered.
    #[inline]
    pub fn answered(&self, route: usize, status: u16) {
        if let Some(open) = &self.0 {
            let mut trace = open.trace.borrow_mut();
            (trace.route, trace.status, trace.took) = (route, status, open.started.elapsed());
        }
    }

    /// It is about the server itself: who looks at traces would see little but that.
    pub fn forget(&self) {
        if let Some(open) = &self.0 {
            open.forgotten.set(true);
        }
    }

    /// Where in which trace this is, if it is recorded.
    #[inline]
    #[must_use]
    pub fn context(&self) -> Option<TraceContext> {
        Some(self.0.as_ref()?.trace.borrow().context)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.forgotten.get() {
            self.tracer.finished(self.trace.get_mut());
        }
    }
}

/// Work that is being done. Dropping it ends the span.
#[derive(Debug)]
pub struct Doing(Option<Timed>);

#[derive(Debug)]
struct Timed {
    open: Rc<Open>,
    work: Work,
    begin: Duration,
    failed: bool,
}

impl Doing {
    /// It ends, and has failed, or has not.
    pub fn end(mut self, failed: bool) {
        if let Some(timed) = &mut self.0 {
            timed.failed = failed;
        }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        let took = self.open.started.elapsed().saturating_sub(self.begin);
        let mut trace = self.open.trace.borrow_mut();
        if trace.spans.len() < SPANS_MAX {
            let Self { work, begin, failed, .. } = *self;
            trace.spans.push(Span { work, begin, took, failed });
        }
    }
}

/// A span's first word has the nanoseconds of its begin below, and above them whether it failed, and what was done.
const NANOSECOND_BITS: u32 = 48;

impl Trace {
    fn words(&mut self) -> [u64; WORDS] {
        self.spans.sort_by_key(|span| span.begin);
        let mut words = [0; WORDS];
        let route = self.route as u64;
        words[..7].copy_from_slice(&[
            (self.context.trace >> 64) as u64,
            self.context.trace as u64,
            self.context.span,
            self.parent.unwrap_or(0),
            nanoseconds(self.begin),
            nanoseconds(self.took),
            route << 32 | u64::from(self.status) << 16 | self.worker as u64,
        ]);
        for (pair, span) in words[8..].chunks_exact_mut(2).zip(&self.spans) {
            let kind = (span.work as u64) << 1 | u64::from(span.failed);
            let begin = nanoseconds(span.begin).min((1 << NANOSECOND_BITS) - 1);
            pair.copy_from_slice(&[kind << NANOSECOND_BITS | begin, nanoseconds(span.took)]);
        }
        words
    }

    /// As it lies on the board.
    #[must_use]
    pub fn from_words(words: &[u64; WORDS]) -> Self {
        let spans = words[8..].chunks_exact(2).filter_map(|pair| {
            let kind = pair[0] >> NANOSECOND_BITS;
            let begin = Duration::from_nanos(pair[0] & ((1 << NANOSECOND_BITS) - 1));
            let (work, took) = (Work::of(kind >> 1)?, Duration::from_nanos(pair[1]));
            Some(Span { work, begin, took, failed: kind & 1 == 1 })
        });
        let trace = u128::from(words[0]) << 64 | u128::from(words[1]);
        Self {
            context: TraceContext { trace, span: words[2], sampled: true },
            parent: Some(words[3]).filter(|&parent| parent != 0),
            begin: Duration::from_nanos(words[4]),
            took: Duration::from_nanos(words[5]),
            route: (words[6] >> 32) as usize,
            status: (words[6] >> 16 & 0xffff) as u16,
            worker: (words[6] & 0xffff) as usize,
            spans: spans.collect(),
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
