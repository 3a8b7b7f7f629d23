//! SQLite, on threads of its own.
//!
//! A query waits for the disk, and for writers of other processes, so it never runs on the event loop.
//! The file is in WAL mode: readers wait for nobody, and writers for each other.

use std::cell::Cell;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior,
    params,
};
use solution_3_threads::pool::{Full, Pool};
use solution_5_async_io::offload::{OffloadError, offload};

use super::{Expected, NewUser, StoreError, Stored, Usage, key};

mod rows;
mod schema;

pub use schema::prepare;

/// How often a query looks whether another process's write is done. SQLite's own wait grows to 100 ms, and whoever has waited longest then
/// looks least often.
const BUSY_LOOK: Duration = Duration::from_millis(1);

/// How a worker uses it.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether a write waits until the disk has it.
    pub sync: bool,
    /// Threads that read.
    pub readers: NonZeroUsize,
    /// How many reads may wait for them, and how many writes for the one that writes.
    pub queue: usize,
    /// How long after it was asked a query may still begin.
    pub timeout: Duration,
}

/// The database of a worker. Writers wait for each other, and for those of other processes; so they have a thread of
/// their own, and readers never wait behind them.
pub struct Sqlite {
    readers: Threads,
    writer: Threads,
    name: Rc<str>,
    late: Arc<Late>,
}

/// Told of a user that was written, or perhaps was not, when nobody waited for that any more.
pub type Late = dyn Fn(u64) + Send + Sync;

/// Threads, and a connection for each.
#[derive(Debug)]
struct Threads {
    pool: Pool,
    /// Never empty when a thread looks: there are as many as threads.
    connections: Arc<Mutex<Vec<Connection>>>,
    max: usize,
    timeout: Duration,
}

thread_local! {
    /// Until when this thread's query waits for another process's write: SQLite calls a plain function.
    static UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Called between two looks at a database that another process writes; false gives up.
fn wait(_: i32) -> bool {
    thread::sleep(BUSY_LOOK);
    UNTIL.get().is_some_and(|until| Instant::now() < until)
}

impl Sqlite {
    /// Opens what [`prepare`] has made: some readers, and a writer.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or no thread be started.
    pub fn open(path: &Path, options: Options, late: Arc<Late>) -> io::Result<Self> {
        UNTIL.set(Some(Instant::now() + options.timeout));
        let name = connect(path, options.sync).and_then(|connection| {
            connection.query_row("SELECT name FROM name", [], |row| row.get::<_, String>(0))
        });
        Ok(Self {
            name: name.map_err(io::Error::other)?.into(),
            readers: Threads::open("reader", options.readers, path, options)?,
            writer: Threads::open("writer", NonZeroUsize::MIN, path, options)?,
            late,
        })
    }

    /// The database's own name.
    #[must_use]
    pub fn name(&self) -> Rc<str> {
        Rc::clone(&self.name)
    }

    /// As [`Store::usage`](super::Store::usage).
    #[must_use]
    pub fn usage(&self) -> Usage {
        let (readers, writer) = (self.readers.usage(), self.writer.usage());
        Usage {
            used: readers.used + writer.used,
            max: readers.max + writer.max,
            waiting: readers.waiting + writer.waiting,
        }
    }

    /// The pools, to be shut down.
    #[must_use]
    pub fn into_pools(self) -> [Pool; 2] {
        [self.readers.pool, self.writer.pool]
    }

    /// As [`Store::create`](super::Store::create).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn create(&self, user: NewUser) -> Result<Stored, StoreError> {
        self.writer
            .run(move |connection| {
                let sql = "INSERT INTO users (version, name, email, age) VALUES (1, ?1, ?2, ?3)";
                let mut statement = connection.prepare_cached(sql)?;
                let id = statement.insert(params![user.name, user.email, user.age])?;
                Ok(Stored::of(id.cast_unsigned(), 1, user))
            })
            .await
    }

    /// As [`Store::read`](super::Store::read).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn read(&self, id: u64) -> Result<Stored, StoreError> {
        self.readers
            .run(move |connection| {
                let sql = "SELECT id, version, name, email, age FROM users WHERE id = ?1";
                let found =
                    connection.prepare_cached(sql)?.query_row([key(id)], stored).optional()?;
                found.ok_or(Trouble::Known(StoreError::NotFound))
            })
            .await
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
        let late = Arc::clone(&self.late);
        self.writer
            .run_to_the_end(move |connection| {
                let version = change(connection, id, &expected, |transaction, version| {
                    let sql = "UPDATE users SET version = ?2, name = ?3, email = ?4, age = ?5 WHERE id = ?1";
                    let new = params![key(id), key(version + 1), user.name, user.email, user.age];
                    transaction.prepare_cached(sql)?.execute(new)
                })?;
                Ok(Stored::of(id, version + 1, user))
            }, move || late(id))
            .await
    }

    /// As [`Store::delete`](super::Store::delete).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn delete(&self, id: u64, expected: Expected) -> Result<u64, StoreError> {
        let late = Arc::clone(&self.late);
        self.writer
            .run_to_the_end(
                move |connection| {
                    change(connection, id, &expected, |transaction, _| {
                        let sql = "DELETE FROM users WHERE id = ?1";
                        transaction.prepare_cached(sql)?.execute([key(id)])
                    })
                },
                move || late(id),
            )
            .await
    }

    /// As [`Store::list`](super::Store::list).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn list(&self, after: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.readers.run(move |connection| {
            let sql = "SELECT id, version, name, email, age FROM users WHERE id > ?1 ORDER BY id LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![key(after), limit as i64], stored)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }

    /// As [`Store::ping`](super::Store::ping).
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.readers
            .run(|connection| {
                let mut statement = connection.prepare_cached("SELECT id FROM users LIMIT 1")?;
                statement.query_row([], |_| Ok(())).optional()?;
                Ok(())
            })
            .await
    }
}

impl Threads {
    fn open(name: &str, count: NonZeroUsize, path: &Path, options: Options) -> io::Result<Self> {
        let connections =
            (0..count.get()).map(|_| connect(path, options.sync)).collect::<Result<Vec<_>, _>>();
        let connections = Arc::new(Mutex::new(connections.map_err(io::Error::other)?));
        let pool = Pool::new(name, count, options.queue)?;
        Ok(Self { pool, connections, max: count.get(), timeout: options.timeout })
    }

    fn usage(&self) -> Usage {
        let idle = self.connections.lock().unwrap_or_else(PoisonError::into_inner).len();
        Usage { used: self.max - idle, max: self.max, waiting: self.pool.queued() }
    }

    async fn run<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    {
        self.run_to_the_end(query, || ()).await
    }

    /// A query that was begun goes on when nobody waits for it any more, for as long as the disk takes. `late` is called at
    /// its end then.
    async fn run_to_the_end<T, F>(
        &self,
        query: F,
        late: impl FnOnce() + Send + 'static,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    {
        let connections = Arc::clone(&self.connections);
        let submit = |job| self.pool.try_submit(job).map_err(|Full(job)| job);
        // A little sooner than it is given up: that somebody else writes is no trouble of the file's.
        let until = Instant::now() + self.timeout * 7 / 8;
        let result = offload(submit, move |asker| {
            UNTIL.set(Some(until));
            let mut connection = Borrowed::take(&connections)?;
            let result = query(connection.get());
            if asker.is_gone() {
                late();
            }
            Some(result)
        });
        match result.await {
            Ok(result) => result.map_err(StoreError::from),
            Err(OffloadError::Full) => Err(StoreError::Busy),
            Err(OffloadError::Failed) => Err(StoreError::Failed("a query panicked".to_owned())),
        }
    }
}

/// Never makes the file: one that has gone missing is trouble, and an empty one in its place would hide that.
fn connect(path: &Path, sync: bool) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_handler(Some(wait))?;
    connection.pragma_update(None, "synchronous", if sync { "FULL" } else { "NORMAL" })?;
    Ok(connection)
}

/// Reads the version in the transaction that changes it, so that no other writer comes in between, and returns it.
fn change(
    connection: &mut Connection,
    id: u64,
    expected: &Expected,
    change: impl FnOnce(&Transaction<'_>, u64) -> rusqlite::Result<usize>,
) -> Result<u64, Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: Option<i64> = transaction
        .prepare_cached("SELECT version FROM users WHERE id = ?1")?
        .query_row([key(id)], |row| row.get(0))
        .optional()?;
    let version = found.ok_or(Trouble::Known(StoreError::NotFound))?.cast_unsigned();
    if !expected.permits(version) {
        return Err(Trouble::Known(StoreError::Changed(version)));
    }
    change(&transaction, version)?;
    transaction.commit()?;
    Ok(version)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        version: row.get::<_, i64>(1)?.cast_unsigned(),
        name: row.get(2)?,
        email: row.get(3)?,
        age: row.get(4)?,
    })
}

/// A connection that goes back even if the query panics. What it had begun is rolled back by then.
struct Borrowed<'a> {
    from: &'a Mutex<Vec<Connection>>,
    connection: Option<Connection>,
}

impl<'a> Borrowed<'a> {
    fn take(from: &'a Mutex<Vec<Connection>>) -> Option<Self> {
        let connection = from.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Self { from, connection: Some(connection) })
    }

    fn get(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("only `drop` takes it")
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let mut connections = self.from.lock().unwrap_or_else(PoisonError::into_inner);
        connections.extend(self.connection.take());
    }
}

/// What a query may end with.
enum Trouble {
    Known(StoreError),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Known(error) => error,
            // The only constraint that an input which was validated can break.
            Trouble::Sqlite(error)
                if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                Self::EmailTaken
            }
            Trouble::Sqlite(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) =>
            {
                Self::Busy
            }
            Trouble::Sqlite(error) => Self::Failed(error.to_string()),
        }
    }
}
