//! The master: it holds what must outlive every worker, and looks after them.
//!
//! It runs no event loop and no other thread, so that it can start processes at any time. What it
//! decides is decided in [`Supervisor`](solution_4_processes::supervisor::Supervisor); here is what
//! that needs of this program.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use rustix::rand::{GetRandomFlags, getrandom};
use solution_1_networking::listener::ListenError;
use solution_4_processes::affinity::Share;
use solution_4_processes::shared::Region;
use solution_4_processes::supervisor::{self, Action, Generation, Life, Outcome, Signals};

mod checks;
mod crew;
mod schema;
mod standing;
mod words;

use schema::Schema;

use crate::board::{Board, LIVES_MAX, WORKERS_MAX};
use crate::listeners::{self, Listeners};
use crate::log::{Log, Who};
use crate::settings::{Invocation, Settings, SettingsError, read};
use crate::systemd::notify::Notify;
use crate::systemd::sockets::{self, Handed};
use crate::{clock, exit, tls, worker};

/// Longer than a worker's own deadline, with its last call and the end of its pools: it is the worker who knows what it
/// cuts off.
const DRAIN_GRACE: Duration = Duration::from_secs(5);
/// How much later than by a worker a query is given up in the database itself.
const LATE: Duration = Duration::from_secs(1);

/// Runs the server until it is told to stop.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    // From here on a signal waits until it is looked at, and ends nothing.
    let signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return exit::because(exit::ENVIRONMENT, &error),
    };
    let invocation = match read(arguments) {
        Ok(invocation) => invocation,
        Err(SettingsError::Usage(error)) => {
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
        Err(error) => return exit::because(exit::USAGE, &error),
    };
    let mut master = match Master::new(invocation) {
        Ok(master) => master,
        Err(error) => return exit::because(exit::ENVIRONMENT, &*error),
    };
    let members = master.members(&master.settings);
    match supervisor::run(&mut master, signals, members) {
        Ok(outcome) => ExitCode::from(master.say_goodbye(outcome)),
        Err(error) => exit::because(exit::ENVIRONMENT, &error),
    }
}

/// How long a worker with these settings takes to go, at most: so long it may take until the server has ended.
#[must_use]
pub fn drain_max(settings: &Settings) -> Duration {
    settings.lame_duck.get() + settings.drain_timeout.get() + DRAIN_GRACE
}

/// A connection is a descriptor. The soft limit is for programs that use `select`; workers inherit what is set here.
fn raise_open_files_limit() {
    let limit = getrlimit(Resource::Nofile);
    // Without it there are fewer connections, and the workers know how many.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// What a life was given.
struct Given {
    /// On the board.
    place: usize,
    /// How many listeners.
    listeners: usize,
    /// How long it may take to go.
    drain_max: Duration,
    member: usize,
    generation: Generation,
    /// Whether it has said that it accepts, and not that it goes.
    serves: bool,
}

struct Master {
    settings: Settings,
    /// The number of `settings`.
    generation: Generation,
    /// The settings of a reload, from the start of its first worker until that is ready.
    candidate: Option<Settings>,
    /// Settings that have been read and wait for their turn.
    waiting: Option<Settings>,
    arguments: Vec<OsString>,
    share: Share,
    listeners: Listeners,
    /// Where they came from, if the master has not opened them.
    handed: Option<Handed>,
    notify: Notify,
    board: Region<Board>,
    schema: Schema,
    /// The certificate for workers that begin when the files cannot be used.
    certificate: Option<tls::Kept>,
    /// How many certificates workers had taken when it was last looked for.
    certificates: u64,
    lives: BTreeMap<Life, Given>,
    /// When copies of users are to be doubted again: a dead worker's last write may come late.
    again: Vec<Instant>,
    /// The beat of each place, when it was last looked at.
    beats: [u64; LIVES_MAX],
    log: Log,
}

impl Master {
    fn new(invocation: Invocation) -> Result<Self, Box<dyn std::error::Error>> {
        let Invocation { mut settings, arguments } = invocation;
        let (handed, listeners) = sockets::take()?.unzip();
        handed.map_or(Ok(()), |handed: Handed| handed.apply(&mut settings))?;
        checks::all(&settings)?;
        let log = Log::open(&settings, Who::Master)?;
        let notify = Notify::of_environment().unwrap_or_else(|error| {
            log.error(&format!("`NOTIFY_SOCKET` cannot be used: {error}"));
            Notify::default()
        });
        raise_open_files_limit();
        let schema = Schema::prepare(&settings, &log)?;
        let share = Share::of_this_process()?;
        let board: Region<Board> = Region::create("api-server")?;
        for word in &board.secret {
            let mut secret = [0; size_of::<u64>()];
            getrandom(&mut secret, GetRandomFlags::empty())?;
            word.set(u64::from_ne_bytes(secret));
        }
        let certificate = tls::Files::of(&settings).map(tls::Kept::new).transpose()?;
        let mut master = Self {
            certificate,
            certificates: 0,
            settings,
            generation: 0,
            candidate: None,
            waiting: None,
            arguments,
            share,
            listeners: listeners.unwrap_or_default(),
            handed,
            notify,
            board,
            schema,
            lives: BTreeMap::new(),
            again: Vec::new(),
            beats: [0; LIVES_MAX],
            log,
        };
        // Of a time before: what Redis has may be older than what was acknowledged then.
        master.doubt_everything();
        let workers = master.workers(&master.settings);
        checks::sockets(workers, handed)?;
        checks::connections(&master.settings, workers)?;
        master.schema.bound(&mut master.settings, workers, &master.log);
        if handed.is_some() {
            master.board.kept.set(1);
            listeners::set_backlog(&master.listeners, master.settings.backlog.get())?;
        } else {
            listeners::are_free(&master.settings)?;
            master.open_listeners(workers)?;
        }
        if let Some(secure) = master.listeners.secure.first() {
            master.log.info(&format!("listening with TLS on {}", secure.local_addr()?));
        }
        master.log.info(&format!("listening on {}", master.listeners.plain[0].local_addr()?));
        Ok(master)
    }

    fn open_listeners(&mut self, count: usize) -> Result<(), ListenError> {
        self.listeners.open(&self.settings, count)
    }

    fn workers(&self, settings: &Settings) -> usize {
        let most = self.handed.map_or(WORKERS_MAX, |handed| handed.count);
        let automatic = self.share.workers().get().min(most);
        settings.workers.map_or(automatic, |workers| workers.get())
    }

    /// The workers, and behind them the keeper of jobs, if there is one.
    fn members(&self, settings: &Settings) -> usize {
        self.workers(settings) + usize::from(settings.job_processes.get() > 0)
    }

    /// In words. The members of an index change when there are more or fewer workers.
    fn name(&self, member: usize, generation: Generation) -> String {
        let workers = self.workers(self.settings_of(generation));
        if member < workers { format!("worker {member}") } else { "the keeper of jobs".to_owned() }
    }

    fn say_goodbye(&self, outcome: Outcome) -> u8 {
        let (status, what) = match outcome {
            Outcome::Stopped => (exit::CLEAN, "stopped"),
            Outcome::Cut => (exit::CUT, "stopped, and requests were cut off"),
            Outcome::NeverReady => (exit::ENVIRONMENT, "no worker could start"),
            Outcome::CrashLoop => (exit::CRASH_LOOP, "a worker failed again and again"),
        };
        self.log.info(what);
        status
    }

    fn settings_of(&self, generation: Generation) -> &Settings {
        let newer = self.candidate.as_ref().or(self.waiting.as_ref());
        newer.filter(|_| generation > self.generation).unwrap_or(&self.settings)
    }

    /// Reads the sources again; what can only change with a restart must not have changed.
    fn read_again(&self) -> Result<Settings, Box<dyn std::error::Error>> {
        let mut settings = read(self.arguments.clone())?.settings;
        self.handed.map_or(Ok(()), |handed| handed.apply(&mut settings))?;
        checks::unchanged(&self.settings, &settings)?;
        checks::all(&settings)?;
        checks::sockets(self.workers(&settings), self.handed)?;
        checks::connections(&settings, self.workers(&settings))?;
        Ok(settings)
    }

    /// No copy of a user is true any more, here or in Redis.
    fn doubt_everything(&self) {
        let late = self.settings.database_timeout.get() + LATE;
        let doubt = worker::l2_times(&self.settings).doubt();
        self.board.trust.doubt_all(clock::now() + late + doubt);
        self.board.coherence.invalidate_all();
    }

    /// What is to be done now and then.
    fn tick(&mut self) {
        self.notify.tick();
        self.board.master.show_process();
        let now = Instant::now();
        let due = self.again.len();
        self.again.retain(|at| *at > now);
        if self.again.len() < due {
            self.board.coherence.invalidate_all();
        }
        let certificates = self.board.certificates.get();
        if let Some(certificate) = &mut self.certificate
            && certificates != self.certificates
        {
            certificate.look();
            self.certificates = certificates;
        }
        let found = self.schema.look(&self.settings, &self.log);
        if found && self.schema.is_exceeded(&self.settings, self.workers(&self.settings)) {
            // The workers that are there have pools that are too large: as an operator would, it asks for others.
            let _ = kill_process(rustix::process::getpid(), Signal::HUP);
        }
    }

    /// What is set holds for the master, too.
    fn adopt(&mut self, settings: Settings) {
        if let (Some(certificate), Some(files)) = (&mut self.certificate, tls::Files::of(&settings))
        {
            certificate.take(files);
        }
        self.settings = settings;
        match Log::open(&self.settings, Who::Master) {
            Ok(log) => self.log = log,
            Err(error) => self.log.error(&format!("the log stays where it is: {error}")),
        }
        if let Err(error) = listeners::set_backlog(&self.listeners, self.settings.backlog.get()) {
            self.log.error(&format!("the backlog stays as it is: {error}"));
        }
    }

    /// Keeps the settings in step with the generations.
    fn follow(&mut self, action: Action) {
        match action {
            Action::Adopted(generation) => {
                self.generation = generation;
                if let Some(settings) = self.candidate.take() {
                    self.adopt(settings);
                }
            }
            Action::End => {
                self.board.stopping.set(1);
                self.notify.stopping();
                // Workers have their own copies: with the last one, the port is free.
                self.listeners.close();
            }
            Action::Abandoned(_) => self.candidate = None,
            Action::Terminate(life) | Action::Kill(life) => self.serves(life, false),
            _ => {}
        }
    }
}
