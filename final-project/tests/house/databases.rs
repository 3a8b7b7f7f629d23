//! What a server keeps its users in. The same tests run on each.

use tempfile::TempDir;

use super::Server;
use super::services::{Postgres, Redis};

/// A file of the server's own.
pub(crate) struct Sqlite;

/// PostgreSQL, and Redis in front of it.
pub(crate) struct Tiers {
    postgres: Postgres,
    redis: Redis,
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
}

impl Tiers {
    pub(crate) fn start() -> Option<Self> {
        Some(Self { postgres: Postgres::start()?, redis: Redis::start()? })
    }

    pub(crate) fn server(&self, options: &[&str]) -> Server {
        self.postgres.server(&[&["--redis-url", &self.redis.url()], options].concat())
    }

    pub(crate) fn server_in(&self, folder: TempDir, options: &[&str]) -> Server {
        self.postgres.server_in(folder, &[&["--redis-url", &self.redis.url()], options].concat())
    }
}
