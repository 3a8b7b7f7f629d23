//! Users and jobs in a database: one interface, and what stands behind it.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use solution_2_lifecycle::validate::User;
use solution_3_threads::pool::Pool;

pub mod jobs;
pub mod postgres;
pub mod sqlite;

use postgres::Postgres;
use sqlite::Sqlite;

/// The database of a worker.
pub enum Store {
    /// A file, on threads of this worker.
    Sqlite(Box<Sqlite>),
    /// Another process, over connections.
    Postgres(Postgres),
}

/// Asks whichever it is.
macro_rules! either {
    ($store:expr, $ask:ident($($argument:expr),*)) => {
        match $store {
            Store::Sqlite(store) => store.$ask($($argument),*).await,
            Store::Postgres(store) => store.$ask($($argument),*).await,
        }
    };
}

/// A write goes on in the database although the future is dropped: then nobody here knows how it ended.
impl Store {
    /// Writes a new user.
    ///
    /// # Errors
    ///
    /// [`StoreError::EmailTaken`], or as [`Store::ping`].
    pub async fn create(&self, user: NewUser) -> Result<Stored, StoreError> {
        either!(self, create(user))
    }

    /// Reads a user.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], or as [`Store::ping`].
    pub async fn read(&self, id: u64) -> Result<Stored, StoreError> {
        either!(self, read(id))
    }

    /// Puts `user` in the place of the one that is there.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::Changed`], [`StoreError::EmailTaken`], or as [`Store::ping`].
    pub async fn replace(
        &self,
        id: u64,
        user: NewUser,
        expected: Expected,
    ) -> Result<Stored, StoreError> {
        either!(self, replace(id, user, expected))
    }

    /// Removes a user, and returns the version that it had.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::Changed`], or as [`Store::ping`].
    pub async fn delete(&self, id: u64, expected: Expected) -> Result<u64, StoreError> {
        either!(self, delete(id, expected))
    }

    /// Up to `limit` users with ids above `after`, in their order.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`].
    pub async fn list(&self, after: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        either!(self, list(after, limit))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`], [`StoreError::Late`], [`StoreError::Failed`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        either!(self, ping())
    }

    /// The database's own name, which no other one has, if it has been asked.
    #[must_use]
    pub fn name(&self) -> Option<Rc<str>> {
        match self {
            Self::Sqlite(store) => Some(store.name()),
            Self::Postgres(store) => store.name(),
        }
    }

    /// How full it is.
    #[must_use]
    pub fn usage(&self) -> Usage {
        match self {
            Self::Sqlite(store) => store.usage(),
            Self::Postgres(store) => store.usage(),
        }
    }

    /// Lets go of what can only be let go of while the event loop turns, and says what does not end.
    ///
    /// # Errors
    ///
    /// What was still in use at the deadline.
    pub async fn close(&self, deadline: Duration) -> Result<(), String> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(store) => store.close(deadline).await.map_err(|left| left.to_string()),
        }
    }

    /// The threads, to be shut down behind the event loop.
    #[must_use]
    pub fn into_pools(self) -> Vec<Pool> {
        match self {
            Self::Sqlite(store) => (*store).into_pools().into(),
            Self::Postgres(_) => Vec::new(),
        }
    }
}

/// How many of a store's connections are in use; with SQLite, each has a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Those that a query has.
    pub used: usize,
    /// Those that there may be.
    pub max: usize,
    /// Queries that wait for one.
    pub waiting: usize,
}

/// A user as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Given by the database, from 1.
    pub id: u64,
    /// How often it has been written.
    pub version: u64,
    /// As it was given.
    pub name: String,
    /// As it was given. No two users have the same.
    pub email: String,
    /// Where it is known.
    pub age: Option<u8>,
}

/// Why a query has no answer.
#[derive(Debug)]
pub enum StoreError {
    /// There is no such user, or job.
    NotFound,
    /// It has been written since, and has this version now.
    Changed(u64),
    /// Another user has the e-mail address.
    EmailTaken,
    /// So many jobs wait that no other is accepted.
    QueueFull,
    /// Too many queries wait, or somebody else writes.
    Busy,
    /// There was no answer in time.
    Late,
    /// The database is in trouble.
    Failed(String),
    /// It was in trouble a moment ago, and is left alone for so long.
    Resting(Duration),
}

impl StoreError {
    /// Whether the database is to blame; nobody is for who is not there or has changed. Then a write may have happened all
    /// the same, or happen yet.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Late | Self::Failed(_))
    }
}

/// Which versions a write may meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// One of these; `None` for any.
    pub one_of: Option<Vec<u64>>,
    /// None of these.
    pub none_of: Unwanted,
}

/// Versions that a write must not meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Unwanted {
    /// All are welcome.
    #[default]
    Nothing,
    /// These.
    Versions(Vec<u64>),
    /// Any: the user must not be there at all.
    Anything,
}

impl Expected {
    /// Whether a user of this version may be changed.
    #[must_use]
    pub fn permits(&self, version: u64) -> bool {
        let wanted = self.one_of.as_ref().is_none_or(|versions| versions.contains(&version));
        wanted
            && match &self.none_of {
                Unwanted::Nothing => true,
                Unwanted::Versions(versions) => !versions.contains(&version),
                Unwanted::Anything => false,
            }
    }
}

/// A new user, or what takes an old one's place.
pub type NewUser = User;

impl Stored {
    fn of(id: u64, version: u64, user: NewUser) -> Self {
        Self { id, version, name: user.name, email: user.email, age: user.age }
    }
}

/// A database's integers have a sign. An id or version beyond them is in no table.
fn key(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such thing"),
            Self::Changed(version) => write!(f, "the user has version `{version}` by now"),
            Self::EmailTaken => f.write_str("another user has this e-mail address"),
            Self::QueueFull => f.write_str("too many jobs wait already"),
            Self::Busy => f.write_str("the database has too much to do"),
            Self::Late => f.write_str("the database did not answer in time"),
            Self::Failed(cause) => write!(f, "the database failed: {cause}"),
            Self::Resting(_) => f.write_str("the database does not answer, and is left alone"),
        }
    }
}

impl std::error::Error for StoreError {}
