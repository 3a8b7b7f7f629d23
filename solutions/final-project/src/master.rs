//! The master: it holds what must outlive every worker, and looks after them.
//!
//! It runs no event loop and no other thread, so that it can start processes at any time. What it
//! decides is decided in [`Supervisor`](solution_4_processes::supervisor::Supervisor); here is what
//! that needs of this program.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use rustix::rand::{GetRandomFlags, getrandom};
use solution_1_networking::listener::ListenError;
use solution_4_processes::affinity::Share;
use solution_4_processes::prefork::spawn;
use solution_4_processes::shared::Region;
use solution_4_processes::supervisor::{
    self, Action, Crew, Ending, Event, Generation, Life, Outcome, Policy, Process, Signals,
};

mod checks;
mod schema;
mod standing;
mod words;

use schema::Schema;

use crate::board::{Board, LIVES_MAX, WORKERS_MAX};
use crate::jobs::keeper;
use crate::listeners::{self, Listeners};
use crate::log::{Log, Who};
use crate::settings::{Invocation, Settings, SettingsError, read};
use crate::systemd::notify::Notify;
use crate::systemd::sockets::{self, Handed};
use crate::{clock, exit, systemd, tls, worker};

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

fn policy(settings: &Settings, workers: usize, drain: Duration) -> Policy {
    Policy {
        needed: workers,
        start_max: settings.start_timeout.get(),
        hang_max: settings.hang_timeout.get(),
        drain_max: drain,
        failures_max: u32::try_from(settings.crashes_max.get()).unwrap_or(u32::MAX),
        ..Policy::default()
    }
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

    fn free_place(&self) -> usize {
        let taken = |place: &usize| self.lives.values().any(|given| given.place == *place);
        (0..LIVES_MAX).find(|place| !taken(place)).expect("a worker has two lives at most")
    }

    fn command(&self, life: Life, member: usize, place: usize, settings: &Settings) -> Command {
        // The very program that runs, also if its file has been replaced meanwhile: both see the same memory.
        let mut command = Command::new("/proc/self/exe");
        systemd::is_not_for(&mut command);
        command.arg0("api-server").env(worker::SETTINGS, settings.to_text());
        let numbers = [member as u64, life.0, place as u64].map(|number| number.to_string());
        if member >= self.workers(settings) {
            command.arg(keeper::ARGUMENT).args(&numbers[1..]);
            return command;
        }
        command.arg("worker").args(numbers);
        let workers = std::num::NonZeroUsize::new(self.workers(settings)).expect("at least one");
        let plan = self.share.plan(workers, settings.pinning);
        if let Some(processor) = plan.processors.get(member).copied().flatten() {
            command.arg(processor.to_string());
        }
        let mut settings = settings.clone();
        settings.set("workers", &workers.to_string());
        command.env(worker::SETTINGS, settings.to_text());
        command
    }
}

impl Crew for Master {
    fn start(&mut self, life: Life, member: usize, generation: Generation) -> io::Result<Process> {
        let place = self.free_place();
        self.board.lives.begin(place);
        self.beats[place] = self.board.signs[place].beat.get();
        if generation > self.generation && self.candidate.is_none() {
            self.candidate = self.waiting.take();
        }
        let settings = self.settings_of(generation).clone();
        let is_worker = member < self.workers(&settings);
        if is_worker {
            // Not when settings are read, but for a worker that really starts: nobody else can accept from it.
            self.open_listeners(member + 1).map_err(io::Error::other)?;
        }
        let mut command = self.command(life, member, place, &settings);
        let listeners = if is_worker { self.listeners.count() } else { 0 };
        let drain_max = drain_max(&settings);
        let given = Given { place, listeners, drain_max, member, generation, serves: false };
        self.lives.insert(life, given);
        let (lifeline, workers_end) = UnixStream::pair()?;
        let mut handed = vec![workers_end.as_fd(), self.board.as_fd()];
        if is_worker {
            handed.extend(self.certificate.iter().flat_map(tls::Kept::descriptors));
            handed.extend(self.listeners.all().map(AsFd::as_fd));
        }
        let started = spawn(&mut command, &handed);
        let child = started.inspect_err(|error| {
            let name = self.name(member, generation);
            self.log.error(&format!("cannot start {name}: {error}"));
        })?;
        self.board.started.add(1);
        Ok(Process { child, lifeline })
    }

    fn has_beaten(&mut self, life: Life) -> bool {
        let Some(&Given { place, .. }) = self.lives.get(&life) else { return false };
        let beat = self.board.signs[place].beat.get();
        std::mem::replace(&mut self.beats[place], beat) != beat
    }

    fn gone(&mut self, life: Life) {
        if let Some(Given { place, listeners, .. }) = self.lives.remove(&life) {
            self.board.lives.fold(place);
            if listeners == 0 {
                // The next one shows itself.
                self.board.jobs.keeper.clear();
                self.board.jobs.waiting.set(0);
            } else {
                // It may have committed a write and not said so.
                self.doubt_everything();
                // What it had asked of the database may happen yet.
                self.again.push(Instant::now() + self.settings.database_timeout.get() + LATE);
            }
            self.board.signs[place].clear();
        }
    }

    fn reload(&mut self) -> Option<usize> {
        self.notify.reloading();
        match self.read_again() {
            Ok(mut settings) => {
                let workers = self.workers(&settings);
                self.schema.bound(&mut settings, workers, &self.log);
                let members = self.members(&settings);
                self.waiting = Some(settings);
                Some(members)
            }
            Err(error) => {
                self.log.error(&format!("the settings stay as they are: {error}"));
                None
            }
        }
    }

    fn reopen(&mut self) {
        self.log.reopen();
    }

    fn assign(&mut self, adopters: &[Option<Life>]) {
        for (listener, adopter) in self.board.adopters.iter().zip(adopters) {
            let given = adopter.and_then(|life| self.lives.get(&life));
            listener.set(given.map_or(0, |given| given.place as u64 + 1));
        }
    }

    fn listeners(&self) -> usize {
        self.listeners.count()
    }

    fn holds(&self, life: Life, listener: usize) -> bool {
        self.lives.get(&life).is_some_and(|given| listener < given.listeners)
    }

    fn policy(&self) -> Policy {
        let lives = self.lives.values().map(|given| given.drain_max);
        let drain = lives.fold(drain_max(&self.settings), Duration::max);
        policy(&self.settings, self.workers(&self.settings), drain)
    }

    fn observe(&mut self, event: Event, actions: &[Action]) {
        match event {
            Event::Tick => self.tick(),
            Event::Ready(life) => self.serves(life, true),
            Event::Leaving(life) => self.serves(life, false),
            _ => {}
        }
        if let Event::Exited(_, Ending::Failed) = event {
            self.board.failed.add(1);
        }
        match words::event(event) {
            Some(words) if words::is_trouble(event) => self.log.error(&words),
            Some(words) => self.log.info(&words),
            None => {}
        }
        for &action in actions {
            let name = |member, generation| self.name(member, generation);
            if let Some(words) = words::action(action, name) {
                self.log.info(&words);
            }
            self.follow(action);
        }
        // A beat changes nothing.
        if !matches!(event, Event::Beat(_)) {
            self.say_how_it_stands();
        }
    }
}

impl Master {
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
