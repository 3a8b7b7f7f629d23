//! The second-level cache: users in Redis, for all servers that use it.
//!
//! # What is kept
//!
//! Under `user:ID` stands `VERSION:MESSAGE`, the message in Protocol Buffers; of a user that was deleted, only `VERSION:`.
//! Ids are never given twice, so that one stays deleted.
//!
//! # Never an older one
//!
//! A reader may have read the database before a write, and come here behind it. So nothing is kept that is older than what
//! is there: a script compares the versions, in Redis, in one step. A write keeps the new version here *before* it is
//! answered. If that fails, the old one may stay until its time is over; until then this host does not ask for it
//! ([`Trust`](crate::trust::Trust)), and others may see the old one, as the table of where state lives says.
//!
//! # When it is gone
//!
//! It is a cache: without it the database answers. It has a time limit of its own, much shorter than the database's, and a
//! breaker. An answer that makes no sense counts as a failure.

use std::time::Duration;

use prost::Message as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, Script};
use solution_7_sync::breaker::{Breaker, State};
use tokio::time::timeout;

use crate::clock;
use crate::formats::UserDocument;
use crate::settings::RedisUrl;
use crate::store::Stored;

/// KEYS: the key. ARGV: the version, the value, and how many milliseconds it stays.
const KEEP: &str = "
    local there = redis.call('GET', KEYS[1])
    local version = there and tonumber(string.match(there, '^(%d+):'))
    if not version or version <= tonumber(ARGV[1]) then
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    end
    return 1";

/// How soon a connection that was lost is tried again, at first and at last.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The cache, as a worker sees it.
pub struct L2 {
    redis: ConnectionManager,
    keep: Script,
    breaker: Breaker,
    timeout: Duration,
    ttl: Duration,
}

/// What is there of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// The user.
    User(Stored),
    /// That it was deleted.
    Deleted,
}

/// There is no answer: Redis is down, slow, left alone, or says what makes no sense.
#[derive(Debug)]
pub struct Unanswered(pub String);

impl L2 {
    /// Connects when it is first asked.
    ///
    /// # Panics
    ///
    /// Never: the address has been read before.
    #[must_use]
    pub fn open(url: &RedisUrl, breaker: Breaker, timeout: Duration, ttl: Duration) -> Self {
        let redis = connection(url, timeout);
        Self { redis, keep: Script::new(KEEP), breaker, timeout, ttl }
    }

    /// What is kept of a user, if anything.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn get(&self, id: u64) -> Result<Option<Kept>, Unanswered> {
        let mut redis = self.redis.clone();
        let question = async move {
            let command = redis::cmd("GET").arg(name(id)).to_owned();
            let value: Option<Vec<u8>> = command.query_async(&mut redis).await?;
            value.map(|value| read(id, &value).ok_or_else(nonsense)).transpose()
        };
        self.ask(question).await
    }

    /// Keeps a user, unless a newer one is there.
    ///
    /// # Errors
    ///
    /// [`Unanswered`]: an older one may be there.
    pub async fn keep(&self, user: &Stored) -> Result<(), Unanswered> {
        let mut value = format!("{}:", user.version).into_bytes();
        UserDocument::from(user.clone()).encode(&mut value).expect("a vector grows");
        self.put(user.id, user.version, value).await
    }

    /// Keeps that a user was deleted, whose last version was `version`.
    ///
    /// # Errors
    ///
    /// As [`L2::keep`].
    pub async fn bury(&self, id: u64, version: u64) -> Result<(), Unanswered> {
        self.put(id, version + 1, format!("{}:", version + 1).into_bytes()).await
    }

    async fn put(&self, id: u64, version: u64, value: Vec<u8>) -> Result<(), Unanswered> {
        let mut redis = self.redis.clone();
        let mut keep = self.keep.prepare_invoke();
        let milliseconds = self.ttl.as_millis() as u64;
        keep.key(name(id)).arg(version).arg(value).arg(milliseconds);
        self.ask(async move { keep.invoke_async::<()>(&mut redis).await }).await
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn ping(&self) -> Result<(), Unanswered> {
        let mut redis = self.redis.clone();
        self.ask(async move { redis::cmd("PING").query_async::<()>(&mut redis).await }).await
    }

    /// The connection, for others who use it.
    #[must_use]
    pub fn connection(&self) -> ConnectionManager {
        self.redis.clone()
    }

    /// How long one stays.
    #[must_use]
    pub fn ttl(&self) -> Duration {
        self.ttl
    }

    /// What the breaker thinks.
    #[must_use]
    pub fn state(&self) -> State {
        self.breaker.state(clock::now())
    }

    /// Asks within the time, if the breaker lets one.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, Unanswered> {
        let entered = self.breaker.enter(clock::now());
        let call = entered.map_err(|_| Unanswered("it is left alone".to_owned()))?;
        let cause = match timeout(self.timeout, question).await {
            Ok(Ok(answer)) => {
                call.succeeded();
                return Ok(answer);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it did not answer in time".to_owned(),
        };
        call.failed(clock::now());
        Err(Unanswered(cause))
    }
}

fn connection(url: &RedisUrl, timeout: Duration) -> ConnectionManager {
    let config = ConnectionManagerConfig::new()
        .set_min_delay(RECONNECT.0)
        .set_max_delay(RECONNECT.1)
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(Some(timeout));
    let client = Client::open(url.url()).expect("it has been read");
    ConnectionManager::new_lazy_with_config(client, config).expect("nothing is connected yet")
}

fn name(id: u64) -> String {
    format!("user:{id}")
}

fn read(id: u64, value: &[u8]) -> Option<Kept> {
    let colon = value.iter().position(|&byte| byte == b':')?;
    let version: u64 = std::str::from_utf8(&value[..colon]).ok()?.parse().ok()?;
    let message = &value[colon + 1..];
    if message.is_empty() {
        return Some(Kept::Deleted);
    }
    let user = Stored::try_from(UserDocument::decode(message).ok()?).ok()?;
    (user.id == id && user.version == version).then_some(Kept::User(user))
}

fn nonsense() -> RedisError {
    (redis::ErrorKind::Parse, "what is kept makes no sense").into()
}
