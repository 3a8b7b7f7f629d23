//! One connection, and what it has prepared.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use solution_5_async_io::pool::{Guard, Manage};
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::schema;

/// How long PostgreSQL may take to be told that a question is given up.
pub(super) const CANCEL_MAX: Duration = Duration::from_secs(1);

/// What a question is that a connection has prepared.
pub(super) struct Statements {
    pub(super) create: Statement,
    pub(super) read: Statement,
    pub(super) replace: Statement,
    pub(super) delete: Statement,
    pub(super) list: Statement,
    pub(super) ping: Statement,
}

const CREATE: &str =
    "INSERT INTO users (version, name, email, age) VALUES (1, $1, $2, $3) RETURNING id";
const READ: &str = "SELECT id, version, name, email, age FROM users WHERE id = $1";
const LIST: &str =
    "SELECT id, version, name, email, age FROM users WHERE id > $1 ORDER BY id LIMIT $2";
const PING: &str = "SELECT 1 FROM users LIMIT 1";
/// The version is read under the row's lock, so that no other writer comes in between. No row: there is no such user. No
/// new version: the one that is there is not what was expected. `$2` are the versions that are welcome, or null for all;
/// `$3` those that are not, or null for none.
const REPLACE: &str = "
    WITH found AS (SELECT id, version FROM users WHERE id = $1 FOR UPDATE),
    changed AS (
        UPDATE users SET version = found.version + 1, name = $4, email = $5, age = $6 FROM found
        WHERE users.id = found.id
            AND ($2::bigint[] IS NULL OR found.version = ANY ($2))
            AND ($3::bigint[] IS NULL OR found.version <> ALL ($3))
        RETURNING users.version
    )
    SELECT found.version, changed.version FROM found LEFT JOIN changed ON true";
const DELETE: &str = "
    WITH found AS (SELECT id, version FROM users WHERE id = $1 FOR UPDATE),
    changed AS (
        DELETE FROM users USING found
        WHERE users.id = found.id
            AND ($2::bigint[] IS NULL OR found.version = ANY ($2))
            AND ($3::bigint[] IS NULL OR found.version <> ALL ($3))
        RETURNING users.version
    )
    SELECT found.version, changed.version FROM found LEFT JOIN changed ON true";

/// One connection.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) statements: Statements,
    _driver: Driver,
}

/// What reads and writes a connection. It ends with the connection, or the other way round.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        // Else it would wait for the answer that nobody waits for.
        self.0.abort();
    }
}

/// How connections are made.
pub(super) struct Sessions {
    pub(super) config: Config,
    /// The database's own name, as the first of them was told.
    pub(super) name: OnceCell<Rc<str>>,
    /// How long each of the two steps may take: to connect, and to prepare.
    pub(super) timeout: Duration,
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum SessionError {
    /// PostgreSQL says so, or cannot be reached.
    Postgres(tokio_postgres::Error),
    /// It does not answer in time.
    Late,
    /// The tables need a server that knows this version.
    Newer(i32),
}

impl From<tokio_postgres::Error> for SessionError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl Manage for Sessions {
    type Resource = Session;
    type Error = SessionError;

    async fn create(&self) -> Result<Session, SessionError> {
        let connecting = timeout(self.timeout, self.config.connect(NoTls)).await;
        let (client, connection) = connecting.map_err(|_| SessionError::Late)??;
        // Whoever asks is told how it ends.
        let _driver = Driver(spawn_local(async move { drop(connection.await) }));
        let Ok(prepared) = timeout(self.timeout, self.prepare(&client)).await else {
            give_up(&client).await;
            return Err(SessionError::Late);
        };
        Ok(Session { statements: prepared?, client, _driver })
    }

    fn is_broken(&self, session: &Session) -> bool {
        session.client.is_closed()
    }

    async fn check(&self, session: &mut Session) -> bool {
        session.client.check_connection().await.is_ok()
    }
}

impl Sessions {
    /// One question after the other. Where a table is locked, PostgreSQL stands before the first of them, and has no others
    /// to stand before when that one is given up.
    async fn prepare(&self, client: &Client) -> Result<Statements, SessionError> {
        let seen = client.query_one(schema::LEAST_AND_NAME, &[]).await?;
        let least: i32 = seen.try_get(0)?;
        if least > schema::version() {
            return Err(SessionError::Newer(least));
        }
        let name: String = seen.try_get(1)?;
        let _ = self.name.set(name.into());
        Ok(Statements {
            create: client.prepare(CREATE).await?,
            read: client.prepare(READ).await?,
            replace: client.prepare(REPLACE).await?,
            delete: client.prepare(DELETE).await?,
            list: client.prepare(LIST).await?,
            ping: client.prepare(PING).await?,
        })
    }
}

/// A connection with a question under way.
pub(super) struct Asked(Option<Guard<Sessions>>);

impl Asked {
    pub(super) fn on(session: Guard<Sessions>) -> Self {
        Self(Some(session))
    }

    pub(super) fn session(&self) -> &Session {
        self.0.as_ref().expect("only the end takes it")
    }

    /// There is an answer: the connection may be lent again.
    pub(super) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Asked {
    /// Nobody waits any more. Until PostgreSQL knows, the connection counts: a database that hangs gets no more connections
    /// than there may be.
    fn drop(&mut self) {
        let Some(session) = self.0.take() else { return };
        spawn_local(async move {
            give_up(&session.client).await;
            session.discard();
        });
    }
}

/// Tells PostgreSQL that nobody waits for the answer; else it would work on, and not look whether somebody is there.
async fn give_up(client: &Client) {
    let _ = timeout(CANCEL_MAX, client.cancel_token().cancel_query(NoTls)).await;
}
