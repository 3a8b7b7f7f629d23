//! A worker: one event loop on one processor, and threads for what must not stop it.
//!
//! Its life, in order:
//!
//! 1. It takes what the master handed over, opens the database, and starts its threads.
//! 2. The event loop's thread, and only that, is pinned.
//! 3. It says that it is ready, accepts, and beats.
//! 4. SIGTERM: `/health` fails. When the whole server stops, the worker goes on for the lame-duck time, and
//!    accepts who has connected by then. Without a master it stops accepting at once, so that the port is free.
//! 5. It lets its connections finish.
//! 6. Its pools end last, because answers may wait for them; then it says how it went.

use std::env;
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};
use solution_4_processes::affinity::pin;
use solution_4_processes::prefork::inherited;
use solution_4_processes::shared::Region;
use solution_4_processes::supervisor::{BEAT, LEAVING, Life, READY};
use solution_5_async_io::drain::{Patience, drain};
use solution_5_async_io::serve::{Limits, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{interval, sleep};

mod accepting;
mod heap;
mod open;
mod signs;

use accepting::Accepting;
pub(crate) use open::{keepers_database, l2_times};
use signs::Signs;

use crate::app::{App, Identity};
use crate::board::Board;
use crate::engine::Engine;
use crate::exit;
use crate::files::Files;
use crate::files::KEPT_MAX;
use crate::listeners::{Listeners, drop_new_handshakes};
use crate::observe::{access, errors, recent};
use crate::orphans;
use crate::settings::{Settings, from_text};
use crate::tls::{self, Tls};
use crate::users::Users;

/// The environment variable in which the master hands over the settings.
pub(crate) const SETTINGS: &str = "RESOLVED_API_SERVER_SETTINGS";
/// How long a stopping server accepts connections whose handshake had begun: a long way there and back.
const LAST_CALL: Duration = Duration::from_millis(250);
/// For listeners, the database, files, and the runtime.
const OWN_DESCRIPTORS: usize = 256 + KEPT_MAX;
/// How long the last traces may take to be sent.
const SEND_MAX: Duration = Duration::from_secs(1);
/// How long pools may take to end when all connections are closed: their work was given up with them.
const POOLS_MAX: Duration = Duration::from_secs(2);

/// What the master hands over.
struct Inheritance {
    settings: Settings,
    identity: Identity,
    processor: Option<usize>,
    lifeline: UnixStream,
    board: Arc<Region<Board>>,
    listeners: Listeners,
    tls: Option<(tls::Files, tls::Inherited)>,
}

/// Runs the worker that the master's command line asks for.
#[must_use]
pub fn run(arguments: &[String]) -> ExitCode {
    match inherit(arguments).and_then(begin) {
        Ok(status) => ExitCode::from(status),
        Err(error) => exit::because(exit::ENVIRONMENT, &error),
    }
}

/// The command line of a worker: `worker INDEX LIFE PLACE PROCESSOR`.
fn inherit(arguments: &[String]) -> io::Result<Inheritance> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "only the master starts workers");
    let number = |index: usize| arguments.get(index)?.parse::<usize>().ok();
    let numbers = (number(0), number(1), number(2));
    let (Some(worker), Some(life), Some(place)) = numbers else { return Err(invalid()) };
    let settings = env::var(SETTINGS).ok().and_then(|text| from_text(&text)).ok_or_else(invalid)?;
    let mut descriptors = inherited()?.into_iter();
    let mut next = || descriptors.next().ok_or_else(invalid);
    let lifeline = UnixStream::from(next()?);
    let board = Arc::new(Region::open(next()?)?);
    let tls = match tls::Files::of(&settings) {
        Some(files) => Some((files, tls::Inherited::new([next()?, next()?]))),
        None => None,
    };
    let listeners = descriptors.map(|listener: OwnedFd| TcpListener::from(listener)).collect();
    let listeners = Listeners::from_all(listeners, settings.tls_listen.is_some());
    let identity = Identity { worker, life: Life(life as u64), place };
    Ok(Inheritance { settings, identity, processor: number(3), lifeline, board, listeners, tls })
}

fn begin(inheritance: Inheritance) -> io::Result<u8> {
    // It was executed by the name of a link, `exe`, which would be all that `top` shows.
    rustix::thread::set_name(c"api-server")?;
    // Its thread, like those of the pools, must not be pinned with the event loop.
    let limit = orphan_limit(&inheritance.settings);
    orphans::watch(inheritance.lifeline.try_clone()?, limit)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let app = Rc::new(local.block_on(&runtime, async { open::open(&inheritance) })?);
    let webhook = app.webhook.clone();
    let tell = move |text| webhook.iter().for_each(|webhook| webhook.tell(String::clone(&text)));
    errors::note_panics(Arc::clone(&inheritance.board), tell);
    if let Some(processor) = inheritance.processor
        && let Err(error) = pin(processor)
    {
        app.log.error(&format!("cannot keep to processor {processor}: {error}"));
    }
    let status = local.block_on(&runtime, live(Rc::clone(&app), inheritance))?;
    // Tasks hold the app, and the app holds the pools.
    drop(local);
    // A look-up of a name may still wait for an answer.
    runtime.shutdown_background();
    Ok(status.max(end_pools(app)))
}

async fn live(app: Rc<App>, inheritance: Inheritance) -> io::Result<u8> {
    let Inheritance { lifeline, listeners, tls, .. } = inheritance;
    let mut signals = Signals::new()?;
    let server = Server::new(Engine(Rc::clone(&app)), limits(&app.settings));
    let swept = Rc::clone(&server);
    spawn_local(async move { swept.sweep().await });
    let tls = tls.map(|(files, kept)| Tls::new(files, &kept, &app.log)).transpose();
    let tls = tls.map_err(io::Error::other)?.map(Rc::new);
    if let Some(tls) = &tls {
        let (tls, app) = (Rc::clone(tls), Rc::clone(&app));
        spawn_local(async move { tls.follow(&app.log, &app.board.certificates).await });
    }
    let mut accepting = Accepting::new(Rc::clone(&server), listeners, tls);
    accepting.accept_from(&[app.identity.worker])?;
    lifeline.set_nonblocking(true)?;
    let mut master = lifeline.try_clone()?;
    let lifeline = tokio::net::UnixStream::from_std(lifeline)?;
    master.write_all(&[READY])?;
    if let Some(access_log) = &app.access_log {
        spawn_local(Rc::clone(access_log).flush_regularly());
    }
    let (past, board) = (Rc::clone(&app.past), Arc::clone(&app.board));
    spawn_local(async move {
        let mut step = interval(recent::STEP);
        loop {
            step.tick().await;
            past.look(&board);
        }
    });
    let signs = Signs::new(&app, &server);
    let beating = spawn_local(async move { signs.keep_beating().await });
    let mut look = interval(BEAT);
    let reason = loop {
        tokio::select! {
            _ = look.tick() => {
                if let Err(error) = accepting.accept_from(&app.adopted()) {
                    // No descriptors, perhaps. The next beat tries again.
                    app.log.error(&format!("cannot look after another listener: {error}"));
                }
            }
            _ = signals.reopen.recv() => {
                app.log.reopen();
                app.access_log.iter().for_each(|access_log| access_log.reopen());
            }
            _ = signals.terminate.recv() => break Reason::Told,
            () = end_of(&lifeline) => break Reason::Orphaned,
        }
    };
    // The master replaces it at once, whoever has asked it to go.
    let _ = master.write_all(&[LEAVING]);
    app.leaving.set(true);
    let freezing = spawn_local(freeze_at_end_of(lifeline, Rc::clone(&app)));
    let status = leave(&app, &server, accepting, reason).await;
    beating.abort();
    freezing.abort();
    Ok(status)
}

/// How long a worker may live without its master.
fn orphan_limit(settings: &Settings) -> Duration {
    settings.drain_timeout.get() + SEND_MAX + POOLS_MAX + Duration::from_secs(1)
}

/// How many descriptors a worker with these settings wants to have.
#[must_use]
pub fn descriptors(settings: &Settings) -> usize {
    OWN_DESCRIPTORS + settings.connections.get()
}

/// A connection is a descriptor, and the worker needs some for itself.
fn connections(settings: &Settings) -> usize {
    let open_files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let left = usize::try_from(open_files).unwrap_or(usize::MAX).saturating_sub(OWN_DESCRIPTORS);
    settings.connections.get().min(left.max(1))
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        connections: connections(settings),
        head: settings.head_timeout.get(),
        body: settings.body_timeout.get(),
        body_stall: settings.body_stall_timeout.get(),
        write: settings.write_timeout.get(),
        rate_min: settings.rate_min.get() as u64,
        idle: settings.idle_timeout.get(),
        head_bytes: settings.head_bytes.get(),
        streams: settings.http2_streams.get() as u32,
    }
}

/// Returns when the other end of the lifeline is closed. The master never writes.
async fn end_of(lifeline: &tokio::net::UnixStream) {
    // An error of the lifeline is its end, too.
    let _ = lifeline.readable().await;
}

/// Without a master nothing is written any more, however the end began: there may be another one by now.
async fn freeze_at_end_of(lifeline: tokio::net::UnixStream, app: Rc<App>) {
    end_of(&lifeline).await;
    app.users.freeze();
}

/// The signals that mean something to a worker, and those of a terminal, which the master obeys for all.
struct Signals {
    terminate: Signal,
    reopen: Signal,
    _ignored: [Signal; 2],
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            reopen: signal(SignalKind::user_defined1())?,
            _ignored: [signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?],
        })
    }
}

/// Why a worker goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// By SIGTERM.
    Told,
    /// The master is gone.
    Orphaned,
}

/// Goes, and says how it went.
async fn leave(
    app: &App,
    server: &Rc<Server<Engine>>,
    mut accepting: Accepting,
    reason: Reason,
) -> u8 {
    let settings = &app.settings;
    let mut end = Instant::now() + settings.drain_timeout.get();
    match reason {
        Reason::Told => {
            // A signal to the whole process group may come here first. By now the master has had it, and said whether
            // this is the end of one worker or of the server.
            sleep(BEAT).await;
            if app.board.stopping.get() > 0 {
                sleep(settings.lame_duck.get()).await;
                end = Instant::now() + settings.drain_timeout.get();
                if app.board.kept.get() == 0 {
                    last_call(app, server, &accepting, end).await;
                } else {
                    // The queues outlive the server, and so would a filter: who waits there waits for the next one.
                    server.announce();
                }
            }
        }
        Reason::Orphaned => {
            app.log.error("the master is gone");
        }
    }
    accepting.stop();
    let (quiet, deadline) =
        (settings.drain_quiet.get(), end.saturating_duration_since(Instant::now()));
    let drained = drain(&**server, Patience { quiet, deadline }).await;
    let (open, cut, took) = (drained.open, drained.cut, drained.took.as_millis());
    app.log.info(&format!("drained {open} connections in {took} ms, {cut} requests were cut off"));
    app.tracer.close(SEND_MAX).await;
    // What lives in the event loop ends with it, and after all who might ask it for something.
    if let Err(left) = app.users.database().close(POOLS_MAX / 2).await {
        app.log.error(&format!("the database's connections did not end: {left}"));
    }
    if cut == 0 { exit::CLEAN } else { exit::CUT }
}

/// Accepts who has connected already, and nobody else. From here on every answer is its connection's last one, which makes
/// room for those that wait behind the limit.
async fn last_call(app: &App, server: &Server<Engine>, accepting: &Accepting, end: Instant) {
    for listener in accepting.listeners.all() {
        if let Err(error) = drop_new_handshakes(listener) {
            app.log.error(&format!("new handshakes cannot be dropped: {error}"));
        }
    }
    server.announce();
    sleep(LAST_CALL).await;
    while server.open() >= connections(&app.settings) && Instant::now() < end {
        server.close_idle(app.settings.drain_quiet.get());
        sleep(LAST_CALL).await;
    }
}

/// Ends the pools, and says so.
fn end_pools(app: Rc<App>) -> u8 {
    let Some(app) = Rc::into_inner(app) else {
        return exit::CUT;
    };
    let App { users, files, compute, events, log, access_log, .. } = app;
    let files = files.and_then(Rc::into_inner).map(Files::into_pool);
    let users = Rc::into_inner(users).map_or_else(Vec::new, Users::into_pools);
    let others = [files, Rc::into_inner(compute)];
    let begin = Instant::now();
    for pool in users.into_iter().chain(others.into_iter().flatten()) {
        let left = POOLS_MAX.saturating_sub(begin.elapsed());
        if let Err(unfinished) = pool.shutdown(left) {
            log.error(&format!("a pool did not end: {unfinished}"));
        }
    }
    let left = POOLS_MAX.saturating_sub(begin.elapsed());
    if let Some(Err(stuck)) = events.map(|events| events.close(left)) {
        log.error(&stuck.to_string());
    }
    let left = POOLS_MAX.saturating_sub(begin.elapsed());
    let access_log = access_log.and_then(Rc::into_inner);
    if let Some(Err(access::Stuck)) = access_log.map(|access_log| access_log.close(left)) {
        log.error("lines of the access log are lost: the disk does not keep up");
    }
    log.info(&format!("done with the pools after {} ms", begin.elapsed().as_millis()));
    exit::CLEAN
}
