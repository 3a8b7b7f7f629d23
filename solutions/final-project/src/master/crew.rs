//! What the supervisor has done: processes that are started, looked at, and gone.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use solution_4_processes::prefork::spawn;
use solution_4_processes::supervisor::{
    Action, Crew, Ending, Event, Generation, Life, Policy, Process,
};

use super::{Given, LATE, Master, drain_max, words};
use crate::board::LIVES_MAX;
use crate::jobs::keeper;
use crate::settings::Settings;
use crate::{systemd, tls, worker};

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
