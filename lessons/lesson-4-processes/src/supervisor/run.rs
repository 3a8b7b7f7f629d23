//! The loop around the machine: real processes, signals and time.
//!
//! It waits in one `poll` for the pidfd of each process, which becomes readable when that has ended;
//! for each lifeline, on which workers say a byte; for signals; and for the next deadline. A pidfd
//! names one process for ever, so a signal sent through it never hits another one that was given the
//! same number.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::signals::{Asked, Signals};
use super::{Action, Ending, Event, Generation, Life, Outcome, Policy, Supervisor};

/// What a worker writes into its lifeline when it accepts connections.
pub const READY: u8 = b'R';
/// What it writes when it goes without having been told to.
pub const LEAVING: u8 = b'L';

/// How often the loop looks for beats.
pub const BEAT: Duration = Duration::from_millis(250);

/// A process that was started.
#[derive(Debug)]
pub struct Process {
    /// The process.
    pub child: Child,
    /// A socket whose other end only the worker holds. The worker reads it to the end: that is the
    /// end of the master.
    pub lifeline: UnixStream,
}

/// What the loop needs of the program whose workers it supervises.
pub trait Crew {
    /// Starts a process for `life`.
    ///
    /// # Errors
    ///
    /// Why there is none: the life has failed.
    fn start(&mut self, life: Life, worker: usize, generation: Generation) -> io::Result<Process>;
    /// Whether it has beaten since this was last asked.
    fn has_beaten(&mut self, life: Life) -> bool;
    /// Its process is gone; whatever was kept for it is free.
    fn gone(&mut self, life: Life);
    /// Reads the settings again, and says how many workers they want; `None` when they are not good.
    fn reload(&mut self) -> Option<usize>;
    /// Opens log files again.
    fn reopen(&mut self);
    /// Who accepts from the listener of each index in place of its worker.
    fn assign(&mut self, adopters: &[Option<Life>]);
    /// How many listeners there are.
    fn listeners(&self) -> usize;
    /// Whether the life has inherited the listener.
    fn holds(&self, life: Life, listener: usize) -> bool;
    /// How patient to be, under the settings that hold now. Asked again when others are adopted, and when a life is gone.
    fn policy(&self) -> Policy;
    /// Something has happened, and this is done about it. For the log, and for generations that are
    /// adopted or abandoned.
    fn observe(&mut self, event: Event, actions: &[Action]);
}

/// Starts `workers` workers and looks after them until the end. `signals` are taken from before anything
/// else is done, so that none finds nobody. Call it in a program's only thread,
/// as other threads would inherit what is meant for workers.
///
/// # Errors
///
/// What the kernel reports when it cannot wait.
pub fn run<C: Crew>(crew: &mut C, signals: Signals, workers: usize) -> io::Result<Outcome> {
    let supervisor = Supervisor::new(crew.policy(), workers, Instant::now());
    let running = BTreeMap::new();
    let events = VecDeque::from([Event::Tick]);
    Loop { crew, supervisor, signals, running, events, adopters: Vec::new() }.run()
}

struct Running {
    child: Child,
    pidfd: OwnedFd,
    /// `None` once the other end is closed.
    lifeline: Option<UnixStream>,
    /// Whether it has said so.
    ready: bool,
}

struct Loop<'a, C> {
    crew: &'a mut C,
    supervisor: Supervisor,
    signals: Signals,
    running: BTreeMap<Life, Running>,
    events: VecDeque<Event>,
    adopters: Vec<Option<Life>>,
}

impl<C: Crew> Loop<'_, C> {
    fn run(mut self) -> io::Result<Outcome> {
        loop {
            while let Some(event) = self.events.pop_front() {
                if let Some(outcome) = self.handle(event) {
                    return Ok(outcome);
                }
            }
            self.assign();
            self.wait()?;
            self.collect()?;
        }
    }

    /// Feeds the machine, and does what it says.
    fn handle(&mut self, event: Event) -> Option<Outcome> {
        let actions = self.supervisor.handle(event, Instant::now());
        self.crew.observe(event, &actions);
        for action in actions {
            match action {
                Action::Start { life, worker, generation } => self.start(life, worker, generation),
                Action::Terminate(life) => self.signal(life, Signal::TERM),
                Action::Kill(life) => self.signal(life, Signal::KILL),
                Action::Adopted(_) => self.supervisor.set_policy(self.crew.policy()),
                Action::Abandoned(_) | Action::End => {}
                Action::Finish(outcome) => return Some(outcome),
            }
        }
        None
    }

    fn start(&mut self, life: Life, worker: usize, generation: Generation) {
        let started = self.crew.start(life, worker, generation).and_then(Running::new);
        match started {
            Ok(running) => {
                self.running.insert(life, running);
            }
            Err(_) => {
                self.crew.gone(life);
                self.events.push_back(Event::Exited(life, Ending::Failed));
            }
        }
    }

    /// A process that has just ended no longer takes signals, and its exit is on the way.
    fn signal(&self, life: Life, signal: Signal) {
        if let Some(running) = self.running.get(&life) {
            let _ = pidfd_send_signal(&running.pidfd, signal);
        }
    }

    fn assign(&mut self) {
        let holds = |life, listener| self.crew.holds(life, listener);
        let adopters = self.supervisor.adopters(self.crew.listeners(), holds, Instant::now());
        if adopters != self.adopters {
            self.crew.assign(&adopters);
            self.adopters = adopters;
        }
    }

    /// Sleeps until something can be read, a deadline comes, or it is time to look for beats.
    fn wait(&self) -> io::Result<()> {
        let now = Instant::now();
        let deadline = self.supervisor.deadline().unwrap_or(now + BEAT);
        let timeout = deadline.saturating_duration_since(now).min(BEAT);
        let timeout = Timespec::try_from(timeout).expect("less than a second");
        let mut awaited: Vec<_> =
            self.descriptors().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        match poll(&mut awaited, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let ends = self.running.values().map(|running| running.pidfd.as_fd());
        let lifelines = self.running.values().filter_map(|running| running.lifeline.as_ref());
        ends.chain(lifelines.map(|lifeline| lifeline.as_fd())).chain(self.signals.descriptors())
    }

    /// Turns what has come into events: what workers say before how they ended, and both before signals.
    fn collect(&mut self) -> io::Result<()> {
        for (life, running) in &mut self.running {
            self.events.extend(running.said().into_iter().map(|said| said(*life)));
            if self.crew.has_beaten(*life) {
                self.events.push_back(Event::Beat(*life));
            }
        }
        let mut ended = Vec::new();
        for (life, running) in &mut self.running {
            if let Some(status) = running.child.try_wait()? {
                ended.push((*life, if status.success() { Ending::Clean } else { Ending::Failed }));
            }
        }
        for (life, ending) in ended {
            self.running.remove(&life);
            self.crew.gone(life);
            self.supervisor.set_policy(self.crew.policy());
            self.events.push_back(Event::Exited(life, ending));
        }
        for asked in self.signals.take() {
            self.obey(asked);
        }
        self.events.push_back(Event::Tick);
        Ok(())
    }

    fn obey(&mut self, asked: Asked) {
        match asked {
            Asked::Stop => self.events.push_back(Event::Stop),
            Asked::Reload => {
                let reload = self.crew.reload().map(|workers| Event::Reload { workers });
                self.events.extend(reload);
            }
            Asked::Reopen => {
                self.crew.reopen();
                // One that starts may not know the signal yet, and die of it; and it opens the new file anyway.
                let ready = self.running.iter().filter(|(_, running)| running.ready);
                ready.for_each(|(life, _)| self.signal(*life, Signal::USR1));
            }
        }
    }
}

impl Running {
    fn new(process: Process) -> io::Result<Self> {
        let Process { mut child, lifeline } = process;
        let watched = || -> io::Result<OwnedFd> {
            lifeline.set_nonblocking(true)?;
            Ok(pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?)
        };
        match watched() {
            Ok(pidfd) => Ok(Self { child, pidfd, lifeline: Some(lifeline), ready: false }),
            Err(error) => {
                // Nobody would look after it.
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// What the worker has said since the last time.
    fn said(&mut self) -> Vec<fn(Life) -> Event> {
        let mut bytes = [0; 16];
        let Some(lifeline) = &mut self.lifeline else { return Vec::new() };
        let count = match lifeline.read(&mut bytes) {
            Ok(0) => {
                self.lifeline = None;
                0
            }
            Ok(count) => count,
            Err(_) => 0,
        };
        let meaning = |byte: &u8| match *byte {
            READY => Some(Event::Ready as fn(Life) -> Event),
            LEAVING => Some(Event::Leaving as fn(Life) -> Event),
            _ => None,
        };
        self.ready |= bytes[..count].contains(&READY);
        bytes[..count].iter().filter_map(meaning).collect()
    }
}
