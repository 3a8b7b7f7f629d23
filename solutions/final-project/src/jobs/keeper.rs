//! The keeper of background jobs: a process beside the workers, with its own connection to the database.
//!
//! It claims as many jobs as it has processes for, and never more: what waits, waits in the database, where each keeper can
//! have it. It says that it lives by renewing its leases, and so learns what was cancelled and what it has lost. When it is
//! told to go, it claims nothing any more, lets what runs come to its end for the time of a drain, and gives back the rest.

use std::env;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use solution_4_processes::prefork::inherited;
use solution_4_processes::shared::Region;
use solution_4_processes::supervisor::{BEAT, READY};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{interval, timeout};

use crate::board::Board;
use crate::database::Database;
use crate::settings::{Settings, from_text};
use crate::worker::SETTINGS;
use crate::{exit, orphans};

mod usage;
mod work;

use usage::Usage;
use work::Keeper;

/// The argument that makes the program this one.
pub(crate) const ARGUMENT: &str = "keeper";
/// How often it says that it lives.
const RENEW: Duration = Duration::from_secs(1);
/// How often it forgets what has ended long ago.
const SWEEP: Duration = Duration::from_secs(60);
/// How long it may take to give back what it has not finished.
const GIVE_BACK_MAX: Duration = Duration::from_secs(1);
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
    let limit = settings.drain_timeout.get() + GIVE_BACK_MAX + END_MAX + Duration::from_secs(1);
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
            let Usage { processor, memory } = usage::of_children();
            sign.memory.set(sign.memory.get() + memory);
            sign.processor.set(sign.processor.get() + processor);
            let now = sign.processor.get();
            board.jobs.processor.add(now.saturating_sub(spent));
            spent = spent.max(now);
            board.signs[place].beat.add(1);
        }
    });
    let mut ends = keeper.ends.take().expect("it is taken once");
    // Whether the server can start at all is for the workers to say.
    tokio::select! {
        () = until_there_is_a_worker(&keeper.board) => {}
        _ = terminate.recv() => return Ok(keeper),
        _ = lifeline.readable() => return Ok(keeper),
    }
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
            _ = renew.tick() => {
                keeper.renew().await;
                keeper.finish_all().await;
                keeper.count().await;
            }
            _ = sweep.tick() => keeper.sweep().await,
            _ = reopen.recv() => keeper.log.reopen(),
            _ = terminate.recv() => break,
            _ = lifeline.readable() => break,
        }
    }
    let draining = async {
        while !keeper.running.borrow().is_empty() || !keeper.unnoted.borrow().is_empty() {
            tokio::select! {
                Some((id, outcome)) = ends.recv() => keeper.ended(id, outcome).await,
                _ = renew.tick() => {
                    keeper.renew().await;
                    keeper.finish_all().await;
                }
            }
        }
    };
    // Whoever does not answer in time learns of it by leases that run out.
    let _ = timeout(keeper.settings.drain_timeout.get(), draining).await;
    let _ = timeout(GIVE_BACK_MAX, keeper.give_back()).await;
    beating.abort();
    Ok(keeper)
}

async fn until_there_is_a_worker(board: &Board) {
    let mut look = interval(BEAT / 5);
    while board.signs.iter().all(|sign| sign.pid.get() == 0) {
        look.tick().await;
    }
}
