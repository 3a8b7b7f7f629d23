//! The tables, made and brought up to date once, before there are workers.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::{UNTIL, wait};

/// How long the master waits for another process's write.
const PREPARE_MAX: Duration = Duration::from_secs(5);
/// The tables, version by version. A database remembers how many of these it has seen.
const MIGRATIONS: [&str; 3] = [
    "
    CREATE TABLE users (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        version INTEGER NOT NULL,
        name    TEXT NOT NULL,
        email   TEXT NOT NULL UNIQUE,
        age     INTEGER
    ) STRICT;
",
    // Who shares a cache with other databases has to tell them apart.
    "
    CREATE TABLE name (name TEXT NOT NULL) STRICT;
    INSERT INTO name VALUES (lower(hex(randomblob(16))));
",
    "
    CREATE TABLE jobs (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        kind    TEXT NOT NULL,
        input   TEXT NOT NULL,
        state   TEXT NOT NULL,
        starts  INTEGER NOT NULL DEFAULT 0,
        keeper  TEXT,
        lease   INTEGER,
        cancel  INTEGER NOT NULL DEFAULT 0,
        created INTEGER NOT NULL,
        ended   INTEGER,
        result  TEXT,
        error   TEXT
    ) STRICT;
    CREATE TABLE needed (least INTEGER NOT NULL) STRICT;
    INSERT INTO needed VALUES (0);
    CREATE INDEX jobs_open ON jobs (id, state) WHERE ended IS NULL;
    CREATE INDEX jobs_ended ON jobs (ended) WHERE ended IS NOT NULL;
",
];

/// A server that knows so many of them can use what all of them make: what came since is beside what it uses. So the one
/// before can be taken back.
const LEAST: i64 = 2;

/// Makes the database and brings its tables up to date. The master does this before there are
/// workers: several processes that set WAL mode at once get in each other's way.
///
/// # Errors
///
/// The file cannot be opened, is no database, or needs a newer server.
pub fn prepare(path: &Path) -> rusqlite::Result<()> {
    UNTIL.set(Some(Instant::now() + PREPARE_MAX));
    let mut connection = Connection::open(path)?;
    connection.busy_handler(Some(wait))?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| {
        match row.get::<_, String>(0)?.as_str() {
            "wal" => Ok(()),
            mode => Err(refused(format!(
                "it stays in the mode `{mode}`, and several processes need a file in WAL mode"
            ))),
        }
    })?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let seen: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (seen, known) = (seen as usize, MIGRATIONS.len());
    if seen > known {
        // A newer server has been here, and has said what an older one must know.
        let least: i64 = transaction.query_row("SELECT least FROM needed", [], |row| row.get(0))?;
        if least > known as i64 {
            return Err(refused(format!(
                "its tables need a server that knows version {least}, this one knows {known}"
            )));
        }
        return Ok(());
    }
    for migration in &MIGRATIONS[seen..] {
        transaction.execute_batch(migration)?;
    }
    transaction.execute("UPDATE needed SET least = max(least, ?1)", [LEAST])?;
    transaction.pragma_update(None, "user_version", known as u32)?;
    transaction.commit()
}

fn refused(why: String) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR);
    rusqlite::Error::SqliteFailure(code, Some(why))
}
