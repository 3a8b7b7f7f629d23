//! A program that is a master and its workers: what the servers of the later lessons have in common.
//!
//! The master opens a socket for each worker, all with the same port, and keeps them. Each worker is the same program, started
//! with another argument; it inherits its socket, a lifeline, and the memory that all of them share.

use std::error::Error;
use std::fmt::Arguments;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level::pipe};
use solution_1_networking::listener::{ListenOptions, listen};

use crate::affinity::{Pinning, Share, pin};
use crate::prefork::{inherited, spawn};
use crate::shared::{Counter, Plain, Region};
use crate::supervisor::{
    Action, Crew, Event, Generation, Life, Outcome, Policy, Process, READY, Signals, run,
};

/// How many lives may be there at once: two of each worker.
const PLACES: usize = 256;

/// The memory that master and workers share.
#[repr(C)]
struct Common<S> {
    /// What workers count so that the master sees that they live.
    beats: [Counter; PLACES],
    /// What else they have in common.
    shared: S,
}

// SAFETY: Both parts are plain and lie one behind the other: any bits are a value of it, as they are of each, and none of
// them has a destructor.
unsafe impl<S: Plain> Plain for Common<S> {}

/// Is the master with an address as its argument, and a worker if a master has started it.
///
/// `name` is what a list of processes shows. How many workers there are says the environment variable `WORKERS`, or the machine.
/// When a worker is told to go, it has `drain_max` for that. `S` is what the workers have in common; it begins as zeros.
pub fn main<S: Plain>(
    name: &str,
    drain_max: Duration,
    work: impl FnOnce(Worker<S>) -> Result<(), Box<dyn Error>>,
) -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let ended = match (arguments.next().as_deref(), arguments.next()) {
        (Some("worker"), Some(place)) => {
            Worker::new(&place).and_then(work).map(|()| ExitCode::SUCCESS)
        }
        (Some(address), None) => supervise::<S>(name, drain_max, address),
        _ => Err("usage: serve ADDRESS".into()),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// The master: opens the sockets, and looks after workers until it is told to stop.
fn supervise<S: Plain>(
    name: &str,
    drain_max: Duration,
    address: &str,
) -> Result<ExitCode, Box<dyn Error>> {
    let signals = Signals::new()?;
    let share = Share::of_this_process()?;
    let count = match std::env::var("WORKERS") {
        Ok(count) => count.parse().map_err(|_| format!("`{count}` is no number of workers"))?,
        Err(_) => share.workers(),
    };
    let first = listen(address.parse()?, &ListenOptions::default())?;
    let address = first.local_addr()?;
    say(format_args!("listening on http://{address}"));
    let more = (1..count.get()).map(|_| listen(address, &ListenOptions::default()));
    let listeners = std::iter::once(Ok(first)).chain(more).collect::<Result<_, _>>()?;
    let processors = share.plan(count, Pinning::Auto).processors;
    let common = Region::<Common<S>>::create("common")?;
    let name = name.to_owned();
    let lives = Lives { at: [None; PLACES], seen: [0; PLACES] };
    let mut workers = Workers { name, drain_max, listeners, processors, common, lives };
    let outcome = run(&mut workers, signals, count.get())?;
    Ok(if outcome == Outcome::Stopped { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints a line. `println!` would panic when nobody reads any more, and a master that ends because of its log ends the service.
pub fn say(line: Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The workers, as the supervisor sees them.
struct Workers<S> {
    name: String,
    drain_max: Duration,
    /// One for each worker.
    listeners: Vec<TcpListener>,
    processors: Vec<Option<usize>>,
    common: Region<Common<S>>,
    lives: Lives,
}

/// Who counts where, and what was counted when it was looked at last.
struct Lives {
    at: [Option<Life>; PLACES],
    seen: [u64; PLACES],
}

impl Lives {
    /// Where a life counts; nobody, where there is room.
    fn place(&self, life: Option<Life>) -> Option<usize> {
        self.at.iter().position(|it| *it == life)
    }
}

impl<S: Plain> Crew for Workers<S> {
    fn start(&mut self, life: Life, worker: usize, _: Generation) -> io::Result<Process> {
        let place = self.lives.place(None).ok_or_else(|| io::Error::other("too many at once"))?;
        (self.lives.at[place], self.lives.seen[place]) =
            (Some(life), self.common.beats[place].get());
        let processor = self.processors[worker].map_or("any".to_owned(), |it| it.to_string());
        let mut command = Command::new("/proc/self/exe");
        command.arg0(&self.name).args(["worker", &format!("{place}:{processor}")]);
        let (lifeline, its_end) = UnixStream::pair()?;
        let handed = [its_end.as_fd(), self.listeners[worker].as_fd(), self.common.as_fd()];
        let child = spawn(command.stdin(Stdio::null()), &handed)?;
        say(format_args!("worker {worker}: process {}", child.id()));
        Ok(Process { child, lifeline })
    }

    fn has_beaten(&mut self, life: Life) -> bool {
        let Some(place) = self.lives.place(Some(life)) else { return false };
        let counted = self.common.beats[place].get();
        std::mem::replace(&mut self.lives.seen[place], counted) != counted
    }

    fn gone(&mut self, life: Life) {
        if let Some(place) = self.lives.place(Some(life)) {
            self.lives.at[place] = None;
        }
    }

    fn reload(&mut self) -> Option<usize> {
        Some(self.listeners.len())
    }

    fn reopen(&mut self) {}

    // There are as many workers as sockets.
    fn assign(&mut self, _: &[Option<Life>]) {}

    fn listeners(&self) -> usize {
        0
    }

    fn holds(&self, _: Life, _: usize) -> bool {
        true
    }

    fn policy(&self) -> Policy {
        Policy { drain_max: self.drain_max + Duration::from_secs(1), ..Policy::default() }
    }

    fn observe(&mut self, event: Event, actions: &[Action]) {
        if !actions.is_empty() || !matches!(event, Event::Tick | Event::Beat(_)) {
            say(format_args!("{event:?} -> {actions:?}"));
        }
    }
}

/// What a worker has.
pub struct Worker<S = ()> {
    /// Its own; no other worker accepts from it.
    pub listener: TcpListener,
    /// Something can be read from it when the worker is to go.
    pub told: UnixStream,
    lifeline: UnixStream,
    common: Region<Common<S>>,
    place: usize,
}

impl<S: Plain> Worker<S> {
    fn new(place: &str) -> Result<Self, Box<dyn Error>> {
        let wrong = "a worker is started by its master";
        let [lifeline, listener, common]: [OwnedFd; 3] =
            inherited()?.try_into().map_err(|_| wrong)?;
        let (place, processor) = place.split_once(':').ok_or(wrong)?;
        if let Ok(processor) = processor.parse() {
            pin(processor)?;
        }
        let (told, tells) = UnixStream::pair()?;
        pipe::register(SIGTERM, tells.try_clone()?)?;
        // These are for the master; a terminal sends them to everybody.
        for signal in [SIGINT, SIGHUP] {
            flag::register(signal, Arc::default())?;
        }
        let lifeline = UnixStream::from(lifeline);
        let master = lifeline.try_clone()?;
        thread::spawn(move || {
            // The end of the lifeline is the end of the master.
            let _ = (&master).read(&mut [0]);
            let _ = (&tells).write_all(b"!");
        });
        let (listener, place) = (TcpListener::from(listener), place.parse()?);
        listener.set_nonblocking(true)?;
        Ok(Self { listener, told, lifeline, common: Region::open(common)?, place })
    }

    /// Tells the master that it accepts.
    ///
    /// # Errors
    ///
    /// The master is gone.
    pub fn ready(&self) -> io::Result<()> {
        (&self.lifeline).write_all(&[READY])
    }

    /// Shows the master that it is alive.
    pub fn beat(&self) {
        self.common.beats[self.place].add(1);
    }

    /// What all workers have in common.
    pub fn shared(&self) -> &S {
        &self.common.shared
    }
}
