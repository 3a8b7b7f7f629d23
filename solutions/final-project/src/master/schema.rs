//! PostgreSQL's tables, as the master sees to them.
//!
//! A database that says no ends the start. One that is not there does not: the server answers what it can without, and the
//! master tries again until the tables are there.

use std::io::{self, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::log::Log;
use crate::settings::Settings;
use crate::{exit, migrate, worker};

/// How soon the next try follows the one before.
const AGAIN: Duration = Duration::from_secs(1);

/// The tables, and what is known of the database.
#[derive(Debug)]
pub(super) struct Schema {
    stage: Stage,
    /// How many connections the database allows, when it has been asked.
    connections_max: Option<usize>,
}

/// Where it stands.
#[derive(Debug)]
enum Stage {
    /// The tables are up to date, or not this server's business.
    Current,
    /// The next try.
    Due(Instant),
    /// A process is at it.
    Running {
        child: Child,
        /// When it is given up.
        until: Instant,
    },
}

/// How one try ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// The tables are up to date, and there may be so many connections.
    Done(usize),
    /// The database is not there.
    Unreachable,
    /// It says no, and has said why on standard error.
    Refused,
}

impl Schema {
    /// The first try; waits for its end.
    ///
    /// # Errors
    ///
    /// No process can be started.
    pub(super) fn first(settings: &Settings) -> io::Result<(Self, Option<Tried>)> {
        if settings.database_url.is_none() {
            return Ok((Self { stage: Stage::Current, connections_max: None }, None));
        }
        let mut child = start(settings)?;
        let until = Instant::now() + settings.start_timeout.get();
        loop {
            if let Some(status) = child.try_wait()? {
                let tried = tried(&mut child, status);
                return Ok((Self::behind(&tried), Some(tried)));
            }
            if Instant::now() > until {
                give_up(&mut child);
                return Ok((Self::behind(&Tried::Unreachable), Some(Tried::Unreachable)));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn behind(tried: &Tried) -> Self {
        match *tried {
            Tried::Done(allowed) => Self { stage: Stage::Current, connections_max: Some(allowed) },
            Tried::Unreachable | Tried::Refused => {
                Self { stage: Stage::Due(Instant::now() + AGAIN), connections_max: None }
            }
        }
    }

    /// What is to be done now, if anything. Called all the time; it waits for nothing.
    pub(super) fn look(&mut self, settings: &Settings, log: &Log) {
        let now = Instant::now();
        match &mut self.stage {
            Stage::Current => {}
            Stage::Due(at) if *at > now => {}
            Stage::Due(_) => {
                let until = now + settings.start_timeout.get();
                let started = start(settings).map(|child| Stage::Running { child, until });
                self.stage = started.unwrap_or_else(|error| {
                    log.error(&format!("no process for the migrations: {error}"));
                    Stage::Due(now + AGAIN)
                });
            }
            Stage::Running { child, until } => {
                if let Ok(Some(status)) = child.try_wait() {
                    let tried = tried(child, status);
                    if let Tried::Done(_) = tried {
                        log.info("the database is there, and its tables are up to date");
                    }
                    *self = Self::behind(&tried);
                } else if *until < now {
                    give_up(child);
                    self.stage = Stage::Due(now + AGAIN);
                }
            }
        }
    }

    /// Keeps the pools within what the database allows. While workers are replaced there is one more of them.
    pub(super) fn bound(&self, settings: &mut Settings, workers: usize, log: &Log) {
        let Some(allowed) = self.connections_max else { return };
        let each = allowed / (workers + 1);
        let wanted = settings.database_connections_max.get();
        if each == 0 {
            log.error(&format!(
                "the database allows {allowed} connections, fewer than there are workers"
            ));
        }
        let bound = (each * workers).max(1);
        if wanted > bound {
            log.info(&format!(
                "`database_connections_max` is `{bound}` and not `{wanted}`: the database allows {allowed}, also \
                 while one of {workers} workers is replaced"
            ));
            settings.set("database_connections_max", &bound.to_string());
        }
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Stage::Running { child, .. } = &mut self.stage {
            give_up(child);
        }
    }
}

fn start(settings: &Settings) -> io::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    command.arg(migrate::ARGUMENT).env(worker::SETTINGS, settings.to_text());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
}

fn give_up(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// It has ended, so all that it has said is there.
fn tried(child: &mut Child, status: ExitStatus) -> Tried {
    let mut said = String::new();
    if let Some(stdout) = &mut child.stdout {
        let _ = stdout.read_to_string(&mut said);
    }
    match (status.code(), said.trim().parse()) {
        (Some(0), Ok(connections_max)) => Tried::Done(connections_max),
        (Some(code), _) if code == i32::from(exit::ENVIRONMENT) => Tried::Refused,
        _ => Tried::Unreachable,
    }
}
