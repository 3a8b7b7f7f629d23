//! What a server keeps its users in. The same tests run on each.

use redis::Commands as _;
use tempfile::TempDir;

use super::services::{Postgres, Redis};
use super::{Server, until};

/// A file of the server's own.
pub(crate) struct Sqlite;

/// PostgreSQL, and Redis in front of it.
pub(crate) struct Tiers {
    postgres: Postgres,
    redis: Redis,
    url: String,
}

impl Sqlite {
    pub(crate) fn start() -> Option<Self> {
        Some(Self)
    }

    /// A write is not on the disk at once: what is tested is not the disk.
    pub(crate) fn server(&self, options: &[&str]) -> Server {
        Server::start(&[&["--database-sync", "off"], options].concat())
    }

    pub(crate) fn server_in(&self, folder: TempDir, options: &[&str]) -> Server {
        Server::start_in(folder, options)
    }

    pub(crate) fn killed_and_started_again(&self, server: Server, options: &[&str]) -> Server {
        server.killed_and_started_again(options)
    }
}

impl Postgres {
    /// One that may not listen yet.
    pub(crate) fn starting_server(&self, options: &[&str]) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        Server::spawn(folder, &[&["--database-url", &self.url()], options].concat())
    }

    pub(crate) fn server(&self, options: &[&str]) -> Server {
        Server::start(&[&["--database-url", &self.url()], options].concat())
    }

    pub(crate) fn server_in(&self, folder: TempDir, options: &[&str]) -> Server {
        Server::start_in(folder, &[&["--database-url", &self.url()], options].concat())
    }

    pub(crate) fn killed_and_started_again(&self, server: Server, options: &[&str]) -> Server {
        server.killed_and_started_again(&[&["--database-url", &self.url()], options].concat())
    }
}

impl Tiers {
    pub(crate) fn start() -> Option<Self> {
        let (postgres, redis) = (Postgres::start()?, Redis::start()?);
        let url = redis.url();
        Some(Self { postgres, redis, url })
    }

    /// When it uses Redis: at first nobody trusts what a server before may have left there.
    pub(crate) fn server(&self, options: &[&str]) -> Server {
        let server = self.postgres.server(&[&self.options()[..], options].concat());
        self.await_use(&server);
        server
    }

    pub(crate) fn server_in(&self, folder: TempDir, options: &[&str]) -> Server {
        let server = self.postgres.server_in(folder, &[&self.options()[..], options].concat());
        self.await_use(&server);
        server
    }

    /// Short times, so that Redis is soon trusted again when somebody has died.
    fn options(&self) -> [&str; 6] {
        ["--redis-url", &self.url, "--redis-ttl", "500ms", "--database-timeout", "2s"]
    }

    /// And of the database.
    pub(crate) fn options_with_database(&self) -> Vec<String> {
        let database = ["--database-url".to_owned(), self.postgres.url()];
        database.into_iter().chain(self.options().map(str::to_owned)).collect()
    }

    fn await_use(&self, server: &Server) {
        const NOBODY: &str = "9000000000000000";
        let client = redis::Client::open(self.redis.url()).expect("an address");
        let mut connection = client.get_connection().expect("Redis is there");
        until("Redis is asked", || {
            assert_eq!(server.get(&format!("/users/{NOBODY}")).status, 404);
            let leases: Vec<String> = connection.keys(format!("*{NOBODY}*")).expect("an answer");
            !leases.is_empty()
        });
    }
}
