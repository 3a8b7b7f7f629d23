//! The database behind a breaker and a time limit.
//!
//! A database that is down is not asked for each request: that would cost each the time until it is given up, and the
//! database the little that it could do. The breaker is the worker's own. Another worker learns of the trouble by its own
//! failures, a few requests later; what is shared can be wrong for everybody at once.

use std::rc::Rc;
use std::time::Duration;

use solution_3_threads::pool::Pool;
use solution_7_sync::breaker::{Breaker, Policy, State};
use tokio::time::timeout;

use crate::clock;
use crate::store::{Expected, NewUser, Store, StoreError, Stored, Usage};

/// How much later than here a query is given up in the database itself: it begins later.
const GIVEN_UP: Duration = Duration::from_secs(1);

/// What a worker asks for users.
pub struct Database {
    store: Store,
    breaker: Breaker,
    timeout: Duration,
}

impl Database {
    /// A store that is given up after `timeout`, and left alone as `policy` says.
    #[must_use]
    pub fn new(store: Store, policy: Policy, timeout: Duration) -> Self {
        Self { store, breaker: Breaker::new(policy), timeout }
    }

    /// As [`Store::create`].
    ///
    /// # Errors
    ///
    /// As there, and [`StoreError::Resting`].
    pub async fn create(&self, user: NewUser) -> Result<Stored, StoreError> {
        self.ask(self.store.create(user)).await
    }

    /// As [`Store::read`].
    ///
    /// # Errors
    ///
    /// As there, and [`StoreError::Resting`].
    pub async fn read(&self, id: u64) -> Result<Stored, StoreError> {
        self.ask(self.store.read(id)).await
    }

    /// As [`Store::replace`].
    ///
    /// # Errors
    ///
    /// As there, and [`StoreError::Resting`].
    pub async fn replace(
        &self,
        id: u64,
        user: NewUser,
        expected: Expected,
    ) -> Result<Stored, StoreError> {
        self.ask(self.store.replace(id, user, expected)).await
    }

    /// As [`Store::delete`].
    ///
    /// # Errors
    ///
    /// As there, and [`StoreError::Resting`].
    pub async fn delete(&self, id: u64, expected: Expected) -> Result<u64, StoreError> {
        self.ask(self.store.delete(id, expected)).await
    }

    /// As [`Store::list`].
    ///
    /// # Errors
    ///
    /// As there, and [`StoreError::Resting`].
    pub async fn list(&self, after: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.ask(self.store.list(after, limit)).await
    }

    /// Asks for jobs.
    ///
    /// # Errors
    ///
    /// As `question`, and [`StoreError::Resting`].
    pub async fn jobs<T>(
        &self,
        question: impl AsyncFnOnce(&Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.ask(question(&self.store)).await
    }

    /// Whether the database answers, and is asked.
    ///
    /// # Errors
    ///
    /// As [`Store::ping`], and [`StoreError::Resting`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.ask(self.store.ping()).await?;
        // While this was under way, others may have failed: then nobody else is let in, though this was answered.
        if self.state() == State::Closed {
            Ok(())
        } else {
            Err(StoreError::Resting(Duration::ZERO))
        }
    }

    /// Which it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.store {
            Store::Sqlite(_) => "sqlite",
            Store::Postgres(_) => "postgres",
        }
    }

    /// How the breaker stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.breaker.state(clock::now())
    }

    /// As [`Store::usage`].
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.store.usage()
    }

    /// As [`Store::name`].
    #[must_use]
    pub fn name(&self) -> Option<Rc<str>> {
        self.store.name()
    }

    /// How long after it was begun nothing can come of a write any more; but for a commit that waits for PostgreSQL's own
    /// disk, which nobody can call back, and for SQLite's, of which the store tells.
    #[must_use]
    pub fn gives_up_after(&self) -> Duration {
        self.timeout + GIVEN_UP
    }

    /// As [`Store::close`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn close(&self, deadline: Duration) -> Result<(), String> {
        self.store.close(deadline).await
    }

    /// As [`Store::into_pools`].
    #[must_use]
    pub fn into_pools(self) -> Vec<Pool> {
        self.store.into_pools()
    }

    async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let entered = self.breaker.enter(clock::now());
        let call = entered.map_err(|open| StoreError::Resting(open.retry_after))?;
        let answer = timeout(self.timeout, question).await.unwrap_or(Err(StoreError::Late));
        match &answer {
            Err(error) if error.is_failure() => drop(call.failed(clock::now())),
            // Who has too much to do is there.
            Err(StoreError::Busy) => drop(call),
            Ok(_) | Err(_) => drop(call.succeeded()),
        }
        answer
    }
}
