//! A worker: one event loop, what its connections share, and its end.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use memory::budget::Budget;
use memory::buffers::Buffers;
use solution_2_lifecycle::response::encoder::Encoder;
use solution_4_processes::rung::say;
use solution_4_processes::supervisor::BEAT;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UnixStream};
use tokio::runtime::Builder;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{interval, sleep, timeout};

use crate::answers::{Answers, Process};
use crate::connection::converse;
use crate::files::Files;

/// How long requests may take that have begun when a worker is told to go.
pub(crate) const DRAIN_MAX: Duration = Duration::from_secs(10);
/// Connections of a worker.
const CONNECTIONS_MAX: u32 = 10_000;
/// How much is read at once, by whichever connection it is.
const READ_BYTES: usize = 64 << 10;
/// What a worker keeps of requests that have not come whole.
const PARTIAL_BYTES: usize = 16 << 20;
/// Answers that wait to be sent are in buffers of this size, and there are so many of them.
pub(crate) const BUFFER_BYTES: usize = 16 << 10;
const BUFFERS: usize = 512;

/// What all connections of a worker share. They take turns on one thread.
pub(crate) struct Worker {
    /// Where each of them reads: what it does not use up in the same turn, it keeps itself.
    pub(crate) scratch: RefCell<Box<[u8]>>,
    pub(crate) partial: Budget,
    pub(crate) buffers: Buffers,
    pub(crate) answers: Answers,
    pub(crate) files: Files,
    /// What writes answers, and an empty place for one.
    pub(crate) desk: RefCell<(Encoder, Vec<u8>)>,
    /// The worker was told to go: each answer says so.
    pub(crate) is_ending: Cell<bool>,
    pub(crate) ending: Notify,
}

/// Runs the loop of a worker until it is told to go.
pub(crate) fn work(process: Process) -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(process))
}

/// Accepts until it is told to go, and lets everybody finish.
async fn serve(process: Process) -> Result<(), Box<dyn Error>> {
    let process = Rc::new(process);
    let listener = TcpListener::from_std(process.listener.try_clone()?)?;
    process.told.set_nonblocking(true)?;
    let mut told = UnixStream::from_std(process.told.try_clone()?)?;
    let worker = Rc::new(Worker {
        scratch: RefCell::new(vec![0; READ_BYTES].into_boxed_slice()),
        partial: Budget::new(PARTIAL_BYTES, 0),
        buffers: Buffers::new(BUFFER_BYTES, BUFFERS),
        answers: Answers::new(&process)?,
        files: Files::new(std::env::var_os("FILES"))?,
        desk: RefCell::default(),
        is_ending: Cell::new(false),
        ending: Notify::new(),
    });
    process.ready()?;
    let beating = Rc::clone(&process);
    spawn_local(async move {
        let mut tick = interval(BEAT / 2);
        loop {
            tick.tick().await;
            beating.beat();
        }
    });
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX as usize));
    tokio::select! {
        () = accept(&listener, &worker, &places) => {}
        _ = told.read_u8() => {}
    }
    drop(listener);
    worker.is_ending.set(true);
    worker.ending.notify_waiters();
    // Each connection has a place, so whoever has all places is alone.
    let alone = timeout(DRAIN_MAX, places.acquire_many(CONNECTIONS_MAX)).await;
    let cut = CONNECTIONS_MAX as usize - places.available_permits();
    if alone.is_ok() {
        say(format_args!("drained"));
    } else {
        say(format_args!("cut off: {cut}"));
    }
    Ok(())
}

/// Takes connections for ever, while there are places for them.
async fn accept(listener: &TcpListener, worker: &Rc<Worker>, places: &Arc<Semaphore>) {
    loop {
        let place = Arc::clone(places).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let worker = Rc::clone(worker);
                spawn_local(async move {
                    // A client that is gone is no reason to stop.
                    let _ = converse(stream, peer.ip(), &worker).await;
                    drop(place);
                });
            }
            // There may be no descriptors: whoever asks again at once gets the same answer.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}
