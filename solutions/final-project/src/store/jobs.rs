//! Background jobs in the database: that is what makes them last.
//!
//! ```text
//!             claim                finish
//!  waiting ──────────▶ running ─────────────▶ done, failed, cancelled
//!     ▲                   │
//!     └── its keeper ends, or its lease runs out
//! ```
//!
//! A keeper is a process that runs jobs; there may be one on each of several machines. It claims a job for the time of a
//! lease, and renews that while it lives. What it had when it died is claimed by another one when the lease has run out: so a
//! job that was accepted is run, and may be run twice. All times are those of the database, in milliseconds since 1970:
//! machines need not agree on the time.
//!
//! The statements are the same for both databases, but for three words.

use std::time::Duration;

use super::{Store, StoreError, key};

/// A value of a row, or for a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Number(i64),
    Text(String),
}

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredJob {
    /// Given by the database, from 1.
    pub id: u64,
    /// What is to be done.
    pub kind: String,
    /// With what, as JSON.
    pub input: String,
    /// How far it is.
    pub state: JobState,
    /// How often it was claimed.
    pub starts: u64,
    /// Whether somebody has asked to cancel it.
    pub cancel: bool,
    /// When it was accepted.
    pub created: u64,
    /// When it came to its end.
    pub ended: Option<u64>,
    /// What came of it, as JSON.
    pub result: Option<String>,
    /// Why nothing did.
    pub error: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Nobody has claimed it.
    Waiting,
    /// A keeper has.
    Running,
    /// It has a result.
    Done,
    /// It has none.
    Failed,
    /// It was not to be run any more.
    Cancelled,
}

impl JobState {
    const ALL: [Self; 5] =
        [Self::Waiting, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["waiting", "running", "done", "failed", "cancelled"][self as usize]
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// With this result.
    Done(String),
    /// With none, for this reason.
    Failed(String),
    /// Because somebody wanted it to.
    Cancelled,
}

/// The columns of a job.
macro_rules! columns {
    () => {
        "id, kind, input, state, starts, cancel, created, ended, result, error"
    };
}

const SUBMIT: &str = concat!(
    "INSERT INTO jobs (kind, input, state, created) SELECT $1, $2, 'waiting', NOW ",
    "WHERE (SELECT count(*) FROM jobs WHERE state = 'waiting' AND ended IS NULL) < $3 RETURNING ",
    columns!()
);
const READ: &str = concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1");
const CANCEL: &str = concat!(
    "UPDATE jobs SET cancel = CASE WHEN state = 'running' THEN 1 ELSE cancel END, ",
    "ended = CASE WHEN state = 'waiting' THEN NOW ELSE ended END, ",
    "state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END WHERE id = $1 RETURNING ",
    columns!()
);
const CLAIM: &str = concat!(
    "UPDATE jobs SET state = 'running', keeper = $1, lease = NOW + $2, starts = starts + 1 ",
    // After an outage its own leases may have run out, and it has the jobs all the same.
    "WHERE id IN (SELECT id FROM jobs WHERE ended IS NULL ",
    "AND (state = 'waiting' OR (state = 'running' AND lease < NOW AND keeper <> $1)) ",
    "ORDER BY id LIMIT $3 LOCKED) RETURNING ",
    columns!()
);
const RENEW: &str = concat!(
    "UPDATE jobs SET lease = NOW + $2 WHERE keeper = $1 AND state = 'running' AND ended IS NULL RETURNING ",
    columns!()
);
const FINISH: &str = concat!(
    "UPDATE jobs SET state = $3, ended = NOW, result = $4, error = $5, keeper = NULL, lease = NULL ",
    "WHERE id = $1 AND keeper = $2 AND state = 'running' RETURNING ",
    columns!()
);
const RELEASE: &str = "UPDATE jobs SET state = 'waiting', keeper = NULL, lease = NULL, \
    starts = starts - 1 WHERE id = $1 AND keeper = $2 AND state = 'running' RETURNING id";
const SWEEP: &str = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE ended < NOW - $1 LIMIT 1000) RETURNING id";
/// The number of those that have not ended, of which there is an index.
const COUNT: &str = "SELECT count(*) FROM jobs WHERE state = $1 AND ended IS NULL";

impl Store {
    /// Accepts a job, unless so many wait. Where several are submitted at the same moment, PostgreSQL may let a few more in.
    ///
    /// # Errors
    ///
    /// [`StoreError::QueueFull`], or as [`Store::ping`].
    pub async fn submit_job(
        &self,
        kind: &str,
        input: String,
        waiting_max: usize,
    ) -> Result<StoredJob, StoreError> {
        let values = vec![text(kind), Value::Text(input), number(waiting_max as u64)];
        self.jobs(SUBMIT, values).await?.pop().ok_or(StoreError::QueueFull)
    }

    /// Reads a job.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], or as [`Store::ping`].
    pub async fn job(&self, id: u64) -> Result<StoredJob, StoreError> {
        self.jobs(READ, vec![number(id)]).await?.pop().ok_or(StoreError::NotFound)
    }

    /// Cancels a job that waits, and asks for it where one runs. One that has ended stays as it is.
    ///
    /// # Errors
    ///
    /// As [`Store::job`].
    pub async fn cancel_job(&self, id: u64) -> Result<StoredJob, StoreError> {
        self.jobs(CANCEL, vec![number(id)]).await?.pop().ok_or(StoreError::NotFound)
    }

    /// Gives `keeper` up to `max` jobs that wait, or with which another one's lease has run out; the oldest first.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`].
    pub async fn claim_jobs(
        &self,
        keeper: &str,
        max: usize,
        lease: Duration,
    ) -> Result<Vec<StoredJob>, StoreError> {
        let values = vec![text(keeper), milliseconds(lease), number(max as u64)];
        let mut jobs = self.jobs(CLAIM, values).await?;
        jobs.sort_unstable_by_key(|job| job.id);
        Ok(jobs)
    }

    /// Renews the leases of `keeper`, and returns what it has.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`].
    pub async fn renew_jobs(
        &self,
        keeper: &str,
        lease: Duration,
    ) -> Result<Vec<StoredJob>, StoreError> {
        self.jobs(RENEW, vec![text(keeper), milliseconds(lease)]).await
    }

    /// Says how a job of `keeper` ended. Whether it was its own still.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`].
    pub async fn finish_job(&self, id: u64, keeper: &str, end: JobEnd) -> Result<bool, StoreError> {
        let (state, result, error) = match end {
            JobEnd::Done(result) => (JobState::Done, Value::Text(result), Value::Null),
            JobEnd::Failed(why) => (JobState::Failed, Value::Null, Value::Text(why)),
            JobEnd::Cancelled => (JobState::Cancelled, Value::Null, Value::Null),
        };
        let values = vec![number(id), text(keeper), text(state.name()), result, error];
        Ok(!self.jobs(FINISH, values).await?.is_empty())
    }

    /// Gives back a job that `keeper` has, for others. That does not count as a start.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`].
    pub async fn release_job(&self, id: u64, keeper: &str) -> Result<(), StoreError> {
        self.rows(RELEASE, vec![number(id), text(keeper)]).await.map(|_| ())
    }

    /// Forgets some of the jobs that ended longer ago than that, and says how many.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`].
    pub async fn sweep_jobs(&self, keep: Duration) -> Result<usize, StoreError> {
        Ok(self.rows(SWEEP, vec![milliseconds(keep)]).await?.len())
    }

    /// How many jobs are in a state in which they have not ended.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`].
    pub async fn count_jobs(&self, state: JobState) -> Result<u64, StoreError> {
        let rows = self.rows(COUNT, vec![text(state.name())]).await?;
        match rows.first().and_then(|row| row.first()) {
            Some(Value::Number(count)) => Ok(count.cast_unsigned()),
            _ => Err(unreadable()),
        }
    }

    async fn jobs(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<StoredJob>, StoreError> {
        let rows = self.rows(statement, values).await?;
        rows.into_iter().map(|row| job(row).ok_or_else(unreadable)).collect()
    }

    async fn rows(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        match self {
            Self::Sqlite(store) => store.rows(statement, values).await,
            Self::Postgres(store) => store.rows(statement, values).await,
        }
    }
}

fn job(row: Vec<Value>) -> Option<StoredJob> {
    let [id, kind, input, state, starts, cancel, created, ended, result, error] =
        row.try_into().ok()?;
    Some(StoredJob {
        id: id.number()?,
        kind: kind.text()?,
        input: input.text()?,
        state: JobState::named(&state.text()?)?,
        starts: starts.number()?,
        cancel: cancel.number()? > 0,
        created: created.number()?,
        ended: ended.number(),
        result: result.text(),
        error: error.text(),
    })
}

impl Value {
    fn number(self) -> Option<u64> {
        if let Self::Number(number) = self { u64::try_from(number).ok() } else { None }
    }

    fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

fn number(number: u64) -> Value {
    Value::Number(key(number))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn milliseconds(time: Duration) -> Value {
    number(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn unreadable() -> StoreError {
    StoreError::Failed("a job is not what it should be".to_owned())
}
