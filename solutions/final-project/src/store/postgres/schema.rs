//! The tables, made and brought up to date once for everybody.
//!
//! Several servers may start at the same time, on several machines. Each takes the same advisory lock for the length of
//! its transaction, so that the first does the work and the others find it done. In PostgreSQL definitions of tables are
//! part of a transaction like everything else: a server that dies in the middle has done nothing.

use std::fmt;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::with_causes;

/// The tables, version by version. A database remembers how many of these it has seen.
const MIGRATIONS: [&str; 2] = [
    "
    CREATE TABLE users (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        version bigint NOT NULL,
        name    text NOT NULL,
        email   text NOT NULL UNIQUE,
        age     smallint
    );
",
    "
    CREATE TABLE jobs (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind    text NOT NULL,
        input   text NOT NULL,
        state   text NOT NULL,
        starts  bigint NOT NULL DEFAULT 0,
        keeper  text,
        lease   bigint,
        cancel  bigint NOT NULL DEFAULT 0,
        created bigint NOT NULL,
        ended   bigint,
        result  text,
        error   text
    );
    CREATE INDEX jobs_open ON jobs (id, state) WHERE ended IS NULL;
    CREATE INDEX jobs_ended ON jobs (ended) WHERE ended IS NOT NULL;
",
];

/// A server that knows so many of them can use what all of them make: what came since is beside what it uses. So servers
/// of two versions can use a database at the same time, as they do while one takes the other's place.
const LEAST: i32 = 1;

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);

const SEEN: &str = "
    SELECT pg_advisory_xact_lock(hashtext('api_server_schema'));
    CREATE TABLE IF NOT EXISTS api_server_schema (seen integer NOT NULL, name text NOT NULL);
    ALTER TABLE api_server_schema ADD COLUMN IF NOT EXISTS least integer NOT NULL DEFAULT 0;
    INSERT INTO api_server_schema SELECT 0, gen_random_uuid()::text
        WHERE NOT EXISTS (SELECT FROM api_server_schema);";

/// What a server must know of the tables, and the database's own name: who shares a cache with others has to tell them
/// apart.
pub(super) const LEAST_AND_NAME: &str = "SELECT least, name FROM api_server_schema";

/// How far this server knows them.
pub(super) fn version() -> i32 {
    i32::try_from(MIGRATIONS.len()).expect("they are few")
}

/// Why tables cannot be used that a newer server has made.
pub(super) fn too_new(least: i32) -> String {
    format!("its tables need a server that knows version {least}, this one knows {}", version())
}

/// A database that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prepared {
    /// How many connections it has for users who may not do everything.
    pub connections_max: usize,
}

/// Why a database cannot be used.
#[derive(Debug)]
pub enum PrepareError {
    /// It is not there now: try again later.
    Unreachable(String),
    /// It is there, and says no.
    Refused(String),
}

/// Brings the tables up to date.
///
/// # Errors
///
/// [`PrepareError`].
pub async fn prepare(config: &Config) -> Result<Prepared, PrepareError> {
    let mut config = config.clone();
    config.application_name("api-server migrations").connect_timeout(CONNECT_MAX);
    let (mut client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let prepared = migrate(&mut client).await;
    drop(client);
    let _ = connection.await;
    prepared
}

async fn migrate(client: &mut Client) -> Result<Prepared, PrepareError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(SEEN).await?;
    let row = transaction.query_one("SELECT seen, least FROM api_server_schema", &[]).await?;
    let seen = usize::try_from(row.try_get::<_, i32>(0)?).unwrap_or(usize::MAX);
    let least: i32 = row.try_get(1)?;
    if least > version() {
        return Err(PrepareError::Refused(too_new(least)));
    }
    // Of a newer server there may be more.
    for migration in MIGRATIONS.iter().skip(seen) {
        transaction.batch_execute(migration).await?;
    }
    let note =
        "UPDATE api_server_schema SET seen = greatest(seen, $1), least = greatest(least, $2)";
    transaction.execute(note, &[&version(), &LEAST]).await?;
    transaction.commit().await?;
    let row = client
        .query_one(
            "SELECT current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int",
            &[],
        )
        .await?;
    let connections_max = usize::try_from(row.try_get::<_, i32>(0)?).unwrap_or(0);
    Ok(Prepared { connections_max })
}

impl From<tokio_postgres::Error> for PrepareError {
    fn from(error: tokio_postgres::Error) -> Self {
        let text = with_causes(&error);
        let passing = |code: &SqlState| {
            // It starts, it stops, it is full, or somebody else holds the lock for long.
            let class = code.code().get(..2).unwrap_or_default();
            ["08", "53", "55", "57"].contains(&class)
        };
        match error.code() {
            Some(code) if !passing(code) => Self::Refused(text),
            _ => Self::Unreachable(text),
        }
    }
}

impl fmt::Display for PrepareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unreachable(cause) | Self::Refused(cause)) = self;
        write!(f, "cannot use the database (setting `database_url`): {cause}")
    }
}

impl std::error::Error for PrepareError {}
