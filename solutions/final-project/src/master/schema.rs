//! The database's tables, as the master sees to them. SQLite's are made at once; PostgreSQL's by a helper process.
//!
//! A database that says no ends the start. One that is not there, or does not answer, does not: the server answers what it
//! can without, and the master tries again until the tables are there. One that is there later and says no is told, and
//! its workers, which find the same, refuse it.

use std::error::Error;
use std::io::{self, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::log::Log;
use crate::settings::Settings;
use crate::store::sqlite;
use crate::{exit, migrate, systemd, worker};

/// How soon the next try follows the one before: the database was not there; or it said no, which somebody has to mend.
const AGAIN: Duration = Duration::from_secs(1);
const REFUSED_AGAIN: Duration = Duration::from_secs(30);
/// How long the start waits. A try that takes longer goes on beside it.
const FIRST_MAX: Duration = Duration::from_secs(5);

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
    Running(Child),
}

/// How one try ended.
#[derive(Debug, PartialEq, Eq)]
enum Tried {
    /// The tables are up to date, and there may be so many connections.
    Done(usize),
    /// The database is not there.
    Unreachable,
    /// It says no, and why.
    Refused(String),
}

impl Schema {
    /// Makes the database ready, before there are workers.
    ///
    /// # Errors
    ///
    /// There is no file of SQLite's, the database says no, or no process can be started.
    pub(super) fn prepare(settings: &Settings, log: &Log) -> Result<Self, Box<dyn Error>> {
        if settings.database_url.is_none() {
            sqlite::prepare(&settings.database).map_err(|cause| {
                format!("cannot open the database `{}`: {cause}", settings.database.display())
            })?;
        }
        let (schema, tried) = Self::first(settings)?;
        match tried {
            Some(Tried::Refused(why)) => return Err(why.into()),
            Some(Tried::Unreachable) => {
                log.error("the database is not there: starting without, and trying again");
            }
            Some(Tried::Done(_)) | None => {}
        }
        Ok(schema)
    }

    /// The first try; waits for its end.
    ///
    /// # Errors
    ///
    /// No process can be started.
    fn first(settings: &Settings) -> io::Result<(Self, Option<Tried>)> {
        if settings.database_url.is_none() {
            return Ok((Self { stage: Stage::Current, connections_max: None }, None));
        }
        let mut child = start(settings)?;
        let until = Instant::now() + FIRST_MAX;
        loop {
            if let Some(status) = child.try_wait()? {
                let tried = tried(&mut child, status);
                return Ok((Self::behind(&tried), Some(tried)));
            }
            if Instant::now() > until {
                let schema = Self { stage: Stage::Running(child), connections_max: None };
                return Ok((schema, Some(Tried::Unreachable)));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn behind(tried: &Tried) -> Self {
        let due = |after| Stage::Due(Instant::now() + after);
        match *tried {
            Tried::Done(allowed) => Self { stage: Stage::Current, connections_max: Some(allowed) },
            Tried::Unreachable => Self { stage: due(AGAIN), connections_max: None },
            Tried::Refused(_) => Self { stage: due(REFUSED_AGAIN), connections_max: None },
        }
    }

    /// What is to be done now, if anything. Called all the time; it waits for nothing. Returns whether the database has
    /// been found just now.
    pub(super) fn look(&mut self, settings: &Settings, log: &Log) -> bool {
        let now = Instant::now();
        match &mut self.stage {
            Stage::Current => {}
            Stage::Due(at) if *at > now => {}
            Stage::Due(_) => {
                self.stage = start(settings).map_or_else(
                    |error| {
                        log.error(&format!("no process for the migrations: {error}"));
                        Stage::Due(now + AGAIN)
                    },
                    Stage::Running,
                );
            }
            Stage::Running(child) => {
                if let Ok(Some(status)) = child.try_wait() {
                    let tried = tried(child, status);
                    *self = Self::behind(&tried);
                    match tried {
                        Tried::Done(_) => {
                            log.info("the database is there, and its tables are up to date");
                            return true;
                        }
                        Tried::Refused(why) => log.error(&why),
                        Tried::Unreachable => {}
                    }
                }
            }
        }
        false
    }

    /// Whether pools of this size may be more than the database allows.
    pub(super) fn is_exceeded(&self, settings: &Settings, workers: usize) -> bool {
        let wanted = settings.database_connections_max.get();
        self.connections_max
            .is_some_and(|allowed| wanted > each(settings, allowed, workers) * workers)
    }

    /// Keeps the pools within what the database allows. While they are replaced there are twice as many workers: an old one
    /// keeps its connections until its last request is answered.
    pub(super) fn bound(&self, settings: &mut Settings, workers: usize, log: &Log) {
        let Some(allowed) = self.connections_max else { return };
        let each = each(settings, allowed, workers);
        let wanted = settings.database_connections_max.get();
        if each == 0 {
            log.error(&format!(
                "the database allows {allowed} connections, fewer than {workers} workers and their successors need"
            ));
        }
        let bound = (each * workers).max(1);
        if wanted > bound {
            log.info(&format!(
                "`database_connections_max` is `{bound}` and not `{wanted}`: the database allows {allowed}, also \
                 while all workers are replaced"
            ));
            settings.set("database_connections_max", &bound.to_string());
        }
    }
}

/// How many connections of those that are allowed each worker may have: while they are replaced, there are twice as many
/// workers, and two keepers of jobs with one connection each, if there are any.
fn each(settings: &Settings, allowed: usize, workers: usize) -> usize {
    let keepers = if settings.job_processes.get() > 0 { 2 } else { 0 };
    allowed.saturating_sub(keepers) / (2 * workers)
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Stage::Running(child) = &mut self.stage {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn start(settings: &Settings) -> io::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    systemd::is_not_for(&mut command);
    command.arg(migrate::ARGUMENT).env(worker::SETTINGS, settings.to_text());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// It has ended, so all that it has said is there.
fn tried(child: &mut Child, status: ExitStatus) -> Tried {
    let (mut said, mut why) = (String::new(), String::new());
    if let (Some(stdout), Some(stderr)) = (&mut child.stdout, &mut child.stderr) {
        let _ = (stdout.read_to_string(&mut said), stderr.read_to_string(&mut why));
    }
    match (status.code(), said.trim().parse()) {
        (Some(0), Ok(connections_max)) => Tried::Done(connections_max),
        (Some(code), _) if code == i32::from(exit::ENVIRONMENT) => {
            Tried::Refused(why.trim().trim_start_matches("api-server: ").to_owned())
        }
        _ => Tried::Unreachable,
    }
}
