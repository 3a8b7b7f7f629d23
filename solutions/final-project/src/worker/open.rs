//! What a worker opens before it accepts.

use std::cell::Cell;
use std::io;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustix::rand::{GetRandomFlags, getrandom};
use solution_3_threads::pool::Pool;
use solution_4_processes::affinity::Share;
use solution_4_processes::shared::Region;
use solution_6_memory::cache::Bounds;
use solution_7_sync::breaker::{Breaker, Policy};

use super::Inheritance;
use crate::app::App;
use crate::board::Board;
use crate::clock::{self, Clock};
use crate::database::Database;
use crate::events::queue::Target;
use crate::events::{Counts, Events, Plan};
use crate::files::Files;
use crate::guard::limits::Limits;
use crate::guard::memory::Memory;
use crate::guard::shared_limit::SharedLimit;
use crate::l2::{L2, Times};
use crate::log::{Log, Who};
use crate::observe::access::AccessLog;
use crate::observe::machine::Machine;
use crate::observe::metrics::Metrics;
use crate::observe::trace::{Export, Tracer};
use crate::observe::webhook::Webhook;
use crate::remote::Remote;
use crate::settings::{HttpUrl, Profile, Scope, Settings};
use crate::store::Store;
use crate::store::postgres::{self, Postgres};
use crate::store::sqlite::{self, Sqlite};
use crate::users::Users;

/// Opens all of it. It needs a [`LocalSet`](tokio::task::LocalSet) around it.
pub(super) fn open(inheritance: &Inheritance) -> io::Result<App> {
    let Inheritance { settings, identity, board, .. } = inheritance;
    let who = Who::Worker { index: identity.worker, life: identity.life.0 };
    let log = Arc::new(Log::open(settings, who)?);
    let workers = workers(settings)?;
    let store = store(settings, board, &format!("worker {}", identity.worker), workers)?;
    let database = Database::new(store, policy(settings), settings.database_timeout.get());
    let redis = redis(settings, board, Breaker::new(policy(settings)));
    let l2 = redis
        .clone()
        .map(|redis| Ok::<_, io::Error>(L2::new(redis, l2_times(settings), random()?)))
        .transpose()?;
    let bounds = Bounds {
        items: settings.cache_items.get(),
        bytes: settings.cache_bytes.get(),
        ttl: settings.cache_ttl.get(),
    };
    let users = Rc::new(Users::new(database, l2, (Arc::clone(board), identity.place), bounds));
    let memory = settings.memory.get();
    let files =
        settings.files.as_deref().map(|path| Files::open(path, memory / 2, Arc::clone(&log)));
    let files = files.transpose()?.map(Rc::new);
    let threads = compute_threads(settings, workers)?;
    let compute = Pool::new("compute", threads, settings.compute_queue.get())?;
    let production = settings.profile == Profile::Production;
    let limits = if production { limits(settings, board, redis)? } else { None };
    let events = production.then(|| events(inheritance, workers, &log)).transpose()?;
    Ok(App {
        limits: limits.map(Rc::new),
        memory: Memory::new(memory),
        tells_browsers: production && settings.security_headers.0,
        events,
        settings: settings.clone(),
        identity: *identity,
        board: Arc::clone(board),
        users,
        files,
        compute: Rc::new(compute),
        past: Rc::default(),
        pages: Rc::default(),
        leaving: Cell::new(false),
        access_log: access_log(inheritance, &log)?.map(Rc::new),
        webhook: settings
            .error_webhook
            .as_ref()
            .map(|url| Webhook::start(url, identity.worker, &log)),
        tracer: tracer(settings, board, identity.worker, &log)?,
        metrics: Metrics::new(Arc::clone(board), Machine::of_this_process()),
        routes: App::routes(),
        log,
    })
}

fn access_log(inheritance: &Inheritance, log: &Arc<Log>) -> io::Result<Option<AccessLog>> {
    let Inheritance { settings, identity, board, .. } = inheritance;
    let Some(path) = settings.access_log.clone() else { return Ok(None) };
    if settings.profile == Profile::Bare {
        return Ok(None);
    }
    let (board, place, log) = (Arc::clone(board), identity.place, Arc::clone(log));
    let lost = move |lines, why: &str| {
        log.error(&format!("{lines} lines of the access log were lost: {why}"));
        board.lives.place(place).lines_lost.add(lines);
    };
    let bytes = settings.access_log_bytes.get() as u64;
    AccessLog::open(path, bytes, identity.worker, lost).map(Some)
}

fn tracer(
    settings: &Settings,
    board: &Arc<Region<Board>>,
    worker: usize,
    log: &Arc<Log>,
) -> io::Result<Rc<Tracer>> {
    let on = settings.profile == Profile::Production;
    let share = if on { settings.trace_sample.0 } else { 0.0 };
    let tracer = Tracer::new(Arc::clone(board), worker, share, random()?);
    let url = settings.otlp_url.as_ref();
    Ok(Rc::new(tracer.and_sent(url.and_then(|url| export(url, worker, board, log)))))
}

#[cfg(feature = "otel")]
fn export(
    url: &HttpUrl,
    worker: usize,
    board: &Arc<Region<Board>>,
    log: &Arc<Log>,
) -> Option<Export> {
    Some(crate::observe::otlp::start(url, worker, board, log))
}

/// Where it is set, the server does not start.
#[cfg(not(feature = "otel"))]
fn export(_: &HttpUrl, _: usize, _: &Arc<Region<Board>>, _: &Arc<Log>) -> Option<Export> {
    None
}

fn policy(settings: &Settings) -> Policy {
    let failures_max = u32::try_from(settings.breaker_failures.get()).unwrap_or(u32::MAX);
    Policy { failures_max, open_for: settings.breaker_open.get() }
}

/// The way to Redis. Another Redis than before is told to all workers.
fn redis(settings: &Settings, board: &Arc<Region<Board>>, breaker: Breaker) -> Option<Rc<Remote>> {
    let (board, doubt) = (Arc::clone(board), l2_times(settings).doubt());
    let meet = move |who| {
        let known = board.redis.get();
        if known != who {
            board.trust.doubt_all(clock::now() + doubt);
            board.coherence.invalidate_all();
            board.redis.set(who);
        }
    };
    let url = settings.redis_url.as_ref()?;
    Some(Rc::new(Remote::open(url, breaker, settings.redis_timeout.get(), meet)))
}

/// How long what is in Redis is good for.
pub(crate) fn l2_times(settings: &Settings) -> Times {
    let lease = settings.database_timeout.get() + 2 * settings.redis_timeout.get();
    Times { ttl: settings.redis_ttl.get(), lease: lease + Duration::from_secs(1) }
}

fn random() -> io::Result<u64> {
    let mut bytes = [0; size_of::<u64>()];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(u64::from_ne_bytes(bytes))
}

fn limits(
    settings: &Settings,
    board: &Arc<Region<Board>>,
    redis: Option<Rc<Remote>>,
) -> io::Result<Option<Limits>> {
    let Some(rate) = settings.rate_limit else { return Ok(None) };
    let clock = Clock::open(settings.rate_clock.as_deref())?;
    let shared = redis.filter(|_| settings.rate_scope == Scope::Redis).map(SharedLimit::new);
    let limit = (rate, settings.rate_burst.get());
    Ok(Some(Limits::new(limit, clock, Arc::clone(board), shared)))
}

fn events(inheritance: &Inheritance, workers: usize, log: &Arc<Log>) -> io::Result<Events> {
    let Inheritance { settings, identity, board, .. } = inheritance;
    let (directory, bytes) = (settings.events.clone(), settings.events_bytes.get() as u64);
    let workers = workers as u64;
    let plan = Plan {
        target: queue(settings, identity.worker, bytes / workers),
        // While it is replaced, a worker has two lives.
        share: bytes / (2 * workers),
        directory,
        bytes,
        breaker: policy(settings),
    };
    let published = Published { board: Arc::clone(board), place: identity.place };
    let log = Arc::clone(log);
    Events::open(plan, published, move |what| log.error(what))
}

/// The queue that `settings` name.
pub(crate) fn queue(settings: &Settings, worker: usize, bytes: u64) -> Target {
    match &settings.queue_url {
        Some(url) => Target::Stream {
            url: url.clone(),
            name: settings.queue_stream.get().to_owned(),
            length: settings.queue_length.get(),
            timeout: settings.queue_timeout.get(),
        },
        None => {
            let path = settings.events.join(format!("worker-{worker}.jsonl"));
            Target::Journal { path, bytes }
        }
    }
}

/// Counts on the board.
struct Published {
    board: Arc<Region<Board>>,
    place: usize,
}

impl Counts for Published {
    fn published(&self, count: u64) {
        self.board.lives.place(self.place).events_published.add(count);
    }
}

fn store(
    settings: &Settings,
    board: &Arc<Region<Board>>,
    name: &str,
    workers: usize,
) -> io::Result<Store> {
    let queue = settings.database_queue.get();
    let Some(url) = &settings.database_url else {
        let options = sqlite::Options {
            sync: settings.database_sync.0,
            readers: count(settings.database_threads.get()),
            queue,
            timeout: settings.database_timeout.get(),
        };
        let (board, doubt) = (Arc::clone(board), l2_times(settings).doubt());
        let late = Arc::new(move |id| {
            board.trust.doubt(id, clock::now() + doubt);
            board.coherence.invalidate(id);
        });
        return Ok(Store::Sqlite(Box::new(Sqlite::open(&settings.database, options, late)?)));
    };
    // What is set is for all workers together; each has one at least, and the keeper of jobs one.
    let max = (settings.database_connections_max.get() / workers).max(1);
    let share = postgres::Share {
        min: (settings.database_connections_min.get() / workers).min(max),
        max,
        uses_max: settings.database_connection_uses.get() as u64,
        idle_max: settings.database_connection_idle.get(),
        waiting_max: queue,
        timeout: settings.database_timeout.get(),
    };
    let name = format!("api-server {name}");
    Ok(Store::Postgres(Postgres::open(url.config(), &name, share)))
}

/// What the keeper of background jobs asks: over one connection, or one thread for each kind of question.
pub(crate) fn keepers_database(
    settings: &Settings,
    board: &Arc<Region<Board>>,
) -> io::Result<Database> {
    let mut settings = settings.clone();
    settings.set("database_threads", "1");
    settings.set("database_connections_min", "0");
    settings.set("database_connections_max", "1");
    let store = store(&settings, board, "jobs", 1)?;
    Ok(Database::new(store, policy(&settings), settings.database_timeout.get()))
}

fn count(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN)
}

fn workers(settings: &Settings) -> io::Result<usize> {
    let workers = settings.workers.map(|workers| workers.get());
    workers.ok_or_else(|| io::Error::other("the master has not said how many workers there are"))
}

/// The worker's share of the processors.
fn compute_threads(settings: &Settings, workers: usize) -> io::Result<NonZeroUsize> {
    if let Some(threads) = settings.compute_threads {
        return Ok(count(threads.get()));
    }
    let processors = Share::of_this_process()?.workers().get();
    Ok(count(processors / workers))
}
