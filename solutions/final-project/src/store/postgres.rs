//! PostgreSQL, through a pool of connections.
//!
//! Each question is one statement, prepared when its connection was made, and so one way there and back. A statement is
//! its own transaction: there is none that a client could leave open.
//!
//! Nobody waits for ever: a connection, a place in the pool and an answer each have a time limit here, and a statement has
//! the same one in the database, which else would work on for who has left. A connection whose answer was not waited for
//! is closed, so that the next one does not stand behind it.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use solution_5_async_io::pool::{AcquireError, Limits, Pool, Undrained};
use tokio::task::spawn_local;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, Row};

use super::{Expected, NewUser, StoreError, Stored, Unwanted, Usage};

mod rows;
mod schema;
mod session;

use session::{Asked, CANCEL_MAX, Session, SessionError, Sessions};

pub use schema::{PrepareError, Prepared, prepare};

/// The database of a worker.
pub struct Postgres {
    pool: Rc<Pool<Sessions>>,
    max: usize,
}

/// How a worker's share of the connections is used.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// How many are kept.
    pub min: usize,
    /// And at most.
    pub max: usize,
    /// After how many questions one is replaced.
    pub uses_max: u64,
    /// How long one that is too many may be idle.
    pub idle_max: Duration,
    /// How many may wait for one.
    pub waiting_max: usize,
    /// How long anything may take.
    pub timeout: Duration,
}

impl Postgres {
    /// Connects when somebody asks, and keeps `share.min` connections in any case. It needs a
    /// [`LocalSet`](tokio::task::LocalSet) around it.
    ///
    /// # Panics
    ///
    /// The share contradicts itself.
    #[must_use]
    pub fn open(config: Config, name: &str, share: Share) -> Self {
        let limits = Limits {
            min: share.min,
            max: share.max,
            uses_max: share.uses_max,
            idle_max: share.idle_max,
            acquire_max: share.timeout,
            // It ends by itself.
            create_max: 2 * (share.timeout + CANCEL_MAX),
            waiting_max: share.waiting_max,
            ..Limits::default()
        };
        let config = configured(config, name, share.timeout);
        let sessions = Sessions { config, name: OnceCell::new(), timeout: share.timeout };
        let pool = Pool::new(sessions, limits);
        let pool = pool.expect("the settings' bounds are those of a pool");
        spawn_local(Rc::clone(&pool).maintain());
        Self { pool, max: share.max }
    }

    /// As [`Store::create`](super::Store::create).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn create(&self, user: NewUser) -> Result<Stored, StoreError> {
        let age = user.age.map(i16::from);
        let query = async |session: &Session| {
            let statement = &session.statements.create;
            session.client.query_one(statement, &[&user.name, &user.email, &age]).await
        };
        let row = self.ask(query).await?;
        let id: i64 = row.try_get(0).map_err(failed)?;
        Ok(Stored::of(id.cast_unsigned(), 1, user))
    }

    /// As [`Store::read`](super::Store::read).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn read(&self, id: u64) -> Result<Stored, StoreError> {
        let query = async |session: &Session| {
            session.client.query_opt(&session.statements.read, &[&super::key(id)]).await
        };
        stored(&self.ask(query).await?.ok_or(StoreError::NotFound)?).map_err(failed)
    }

    /// As [`Store::replace`](super::Store::replace).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn replace(
        &self,
        id: u64,
        user: NewUser,
        expected: Expected,
    ) -> Result<Stored, StoreError> {
        let (one_of, none_of) = versions(&expected);
        let age = user.age.map(i16::from);
        let query = async |session: &Session| {
            let statement = &session.statements.replace;
            let id = super::key(id);
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
                [&id, &one_of, &none_of, &user.name, &user.email, &age];
            session.client.query_opt(statement, &values).await
        };
        let version = changed(self.ask(query).await?)?;
        Ok(Stored::of(id, version, user))
    }

    /// As [`Store::delete`](super::Store::delete).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn delete(&self, id: u64, expected: Expected) -> Result<u64, StoreError> {
        let (one_of, none_of) = versions(&expected);
        let query = async |session: &Session| {
            let statement = &session.statements.delete;
            session.client.query_opt(statement, &[&super::key(id), &one_of, &none_of]).await
        };
        changed(self.ask(query).await?)
    }

    /// As [`Store::list`](super::Store::list).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn list(&self, after: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let query = async |session: &Session| {
            let statement = &session.statements.list;
            session.client.query(statement, &[&super::key(after), &(limit as i64)]).await
        };
        let rows = self.ask(query).await?;
        rows.iter().map(stored).collect::<Result<_, _>>().map_err(failed)
    }

    /// As [`Store::ping`](super::Store::ping).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let query =
            async |session: &Session| session.client.query_opt(&session.statements.ping, &[]).await;
        self.ask(query).await.map(|_| ())
    }

    /// Closes all connections, when what they do is done.
    ///
    /// # Errors
    ///
    /// How many were still in use at the deadline.
    pub async fn close(&self, deadline: Duration) -> Result<(), Undrained> {
        self.pool.close();
        self.pool.drained(deadline).await
    }

    /// As [`Store::usage`](super::Store::usage).
    #[must_use]
    pub fn usage(&self) -> Usage {
        let statistics = self.pool.statistics();
        // One that is being made, as when a locked table has it wait, is nobody's to take either.
        Usage {
            used: statistics.open - statistics.idle,
            max: self.max,
            waiting: statistics.waiting,
        }
    }

    /// The database's own name, once there has been a connection.
    #[must_use]
    pub fn name(&self) -> Option<Rc<str>> {
        self.pool.manager().name.get().cloned()
    }

    /// Asks on a connection of the pool. A question that is given up in the middle takes its connection along.
    async fn ask<T>(
        &self,
        query: impl AsyncFnOnce(&Session) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, StoreError> {
        let session = self.pool.acquire().await.map_err(|error| self.unavailable(error))?;
        let asked = Asked::on(session);
        let answer = query(asked.session()).await;
        asked.answered();
        answer.map_err(failed)
    }

    /// Why there is no connection to ask on.
    fn unavailable(&self, error: AcquireError<SessionError>) -> StoreError {
        match error {
            AcquireError::Create(SessionError::Postgres(cause)) => failed(cause),
            AcquireError::Create(SessionError::Newer(least)) => {
                StoreError::Failed(schema::too_new(least))
            }
            AcquireError::Create(SessionError::Late) | AcquireError::CreateTimedOut => {
                StoreError::Late
            }
            // Nobody has been let in for as long.
            AcquireError::TimedOut if self.pool.statistics().creating > 0 => StoreError::Late,
            // Nothing was asked: all connections are in use.
            AcquireError::Crowded | AcquireError::TimedOut => StoreError::Busy,
            AcquireError::CreateLost | AcquireError::Closed => {
                StoreError::Failed("the pool is closed".to_owned())
            }
        }
    }
}

/// The connection's name, for who looks at the database, and its limits.
fn configured(mut config: Config, name: &str, timeout: Duration) -> Config {
    let mut options = config.get_options().unwrap_or_default().to_owned();
    write!(options, " -c statement_timeout={}", timeout.as_millis()).expect("a text takes it");
    config.options(options).application_name(name).connect_timeout(timeout);
    config.keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(Duration::from_secs(30));
    config
}

/// The versions that are welcome, and those that are not; null where it does not matter.
fn versions(expected: &Expected) -> (Option<Vec<i64>>, Option<Vec<i64>>) {
    let keys = |versions: &[u64]| versions.iter().copied().map(super::key).collect();
    let one_of = expected.one_of.as_deref().map(keys);
    match &expected.none_of {
        Unwanted::Nothing => (one_of, None),
        Unwanted::Versions(versions) => (one_of, Some(keys(versions))),
        // No version is one of none.
        Unwanted::Anything => (Some(Vec::new()), None),
    }
}

/// The version that was written.
fn changed(row: Option<Row>) -> Result<u64, StoreError> {
    let row = row.ok_or(StoreError::NotFound)?;
    let (found, changed): (i64, Option<i64>) =
        (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
    changed.map(i64::cast_unsigned).ok_or(StoreError::Changed(found.cast_unsigned()))
}

fn stored(row: &Row) -> Result<Stored, tokio_postgres::Error> {
    let age: Option<i16> = row.try_get(4)?;
    Ok(Stored {
        id: row.try_get::<_, i64>(0)?.cast_unsigned(),
        version: row.try_get::<_, i64>(1)?.cast_unsigned(),
        name: row.try_get(2)?,
        email: row.try_get(3)?,
        age: age.and_then(|age| u8::try_from(age).ok()),
    })
}

fn failed(error: tokio_postgres::Error) -> StoreError {
    match error.code() {
        // The only constraint that an input which was validated can break.
        Some(&SqlState::UNIQUE_VIOLATION) => StoreError::EmailTaken,
        Some(&SqlState::QUERY_CANCELED) => StoreError::Late,
        // Two who wait for each other: it was rolled back, and may be tried again.
        Some(code) if code.code().starts_with("40") => StoreError::Busy,
        _ => StoreError::Failed(with_causes(&error)),
    }
}

/// An error in one line: PostgreSQL's own text is the cause of the library's.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let _ = write!(text, ": {next}");
        cause = next.source();
    }
    text
}
