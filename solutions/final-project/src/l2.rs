//! The second-level cache: users in Redis, for all servers that have the same database.
//!
//! # What is kept
//!
//! Under `api-server:DATABASE:user:{ID}` stands `VERSION:MESSAGE`, the message in Protocol Buffers; of a user that was
//! deleted, only `VERSION:`. Ids are never given twice, so that one stays deleted. A database has a name of its own, which
//! it got with its tables: servers with different databases may share a Redis.
//!
//! # Never an older one
//!
//! A reader may have read the database before a write, and come here behind it, however late. So who finds nothing takes a
//! *lease*, and only who has it may put a user here. A write ends the lease, and puts the new version here itself *before* it
//! is answered. A lease also ends with its time, on Redis's clock: a fill that lay in a socket meanwhile finds it gone.
//!
//! If a write cannot say so here, the old user may stay until its time is over, or be put here by a lease that was given
//! before. For as long, this host does not ask for it ([`Trust`](crate::trust::Trust)); others may see the old one, as the
//! table of where state lives says. The same holds for all users when a worker dies, when the server starts, and when
//! Redis is another one than before: it may have come back with what it knew earlier.
//!
//! # When it is gone
//!
//! It is a cache: without it the database answers. It has a time limit of its own, much shorter than the database's, and a
//! breaker. An answer that makes no sense counts as a failure.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use prost::Message as _;
use redis::{RedisError, Script};
use solution_7_sync::breaker::State;

use crate::formats::UserDocument;
use crate::remote::{Remote, Unanswered};
use crate::store::Stored;

/// KEYS: the user and the lease. ARGV: who asks, and how many milliseconds a lease is good for. Returns what is there, or
/// whether there is a lease.
const GET: &str = "
    local there = redis.call('GET', KEYS[1])
    if there then return {there, 0} end
    return {'', redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0}";

/// KEYS: the user and the lease. ARGV: whose lease it is, the value, and how many milliseconds it stays.
const FILL: &str = "
    if redis.call('GET', KEYS[2]) == ARGV[1] then
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        redis.call('DEL', KEYS[2])
    end
    return 1";

/// KEYS: the user and the lease. ARGV: the version, the value, and how many milliseconds it stays.
const WRITE: &str = "
    redis.call('DEL', KEYS[2])
    local there = redis.call('GET', KEYS[1])
    local version = there and tonumber(string.match(there, '^(%d+):'))
    if not version or version < tonumber(ARGV[1]) then
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    end
    return 1";

/// The cache, as a worker sees it.
pub struct L2 {
    redis: Rc<Remote>,
    get: Script,
    fill: Script,
    write: Script,
    times: Times,
    /// Of this worker, and how many leases it has asked for.
    worker: u64,
    asked: Cell<u64>,
}

/// How long things are good for.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// A user.
    pub ttl: Duration,
    /// A lease: longer than a read of the database.
    pub lease: Duration,
}

impl Times {
    /// How long an old user may be there behind a write that could not say so.
    #[must_use]
    pub fn doubt(self) -> Duration {
        self.ttl + self.lease
    }
}

/// What is there of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The user.
    User(Stored),
    /// That it was deleted.
    Deleted,
    /// Nothing, and who asked may fill it.
    Leased(Lease),
    /// Nothing, and somebody else is about to fill it.
    Nothing,
}

/// The right to put a user there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease(String);

/// A user's key, and that of its lease. The braces keep them on one machine where Redis is several.
struct Keys {
    user: String,
    lease: String,
}

impl L2 {
    /// Asks `redis`; `worker` is a number that no other worker has.
    #[must_use]
    pub fn new(redis: Rc<Remote>, times: Times, worker: u64) -> Self {
        let (get, fill, write) = (Script::new(GET), Script::new(FILL), Script::new(WRITE));
        Self { redis, get, fill, write, times, worker, asked: Cell::new(0) }
    }

    /// What is there of a user of this database.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn get(&self, database: &str, id: u64) -> Result<Found, Unanswered> {
        self.asked.set(self.asked.get() + 1);
        let who = format!("{:016x}-{}", self.worker, self.asked.get());
        let mut get = invocation(&self.get, &keys(database, id));
        get.arg(&who).arg(milliseconds(self.times.lease));
        let question = async |mut redis| {
            let (value, leased): (Vec<u8>, u8) = get.invoke_async(&mut redis).await?;
            match (value.is_empty(), leased) {
                (true, 1) => Ok(Found::Leased(Lease(who))),
                (true, _) => Ok(Found::Nothing),
                (false, _) => read(id, &value).ok_or_else(nonsense),
            }
        };
        self.redis.ask(question).await
    }

    /// Puts a user there that was read from the database under this lease.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn fill(
        &self,
        database: &str,
        lease: Lease,
        user: &Stored,
    ) -> Result<(), Unanswered> {
        let mut fill = invocation(&self.fill, &keys(database, user.id));
        fill.arg(lease.0).arg(value(user)).arg(milliseconds(self.times.ttl));
        self.redis.ask(async |mut redis| fill.invoke_async(&mut redis).await).await
    }

    /// Puts a user there that was written, in the place of an older one.
    ///
    /// # Errors
    ///
    /// [`Unanswered`]: an older one may be there.
    pub async fn write(&self, database: &str, user: &Stored) -> Result<(), Unanswered> {
        self.put(database, user.id, user.version, value(user)).await
    }

    /// Puts there that a user was deleted, whose last version was `version`.
    ///
    /// # Errors
    ///
    /// As [`L2::write`].
    pub async fn bury(&self, database: &str, id: u64, version: u64) -> Result<(), Unanswered> {
        self.put(database, id, version + 1, format!("{}:", version + 1).into_bytes()).await
    }

    async fn put(
        &self,
        database: &str,
        id: u64,
        version: u64,
        value: Vec<u8>,
    ) -> Result<(), Unanswered> {
        let mut write = invocation(&self.write, &keys(database, id));
        write.arg(version).arg(value).arg(milliseconds(self.times.ttl));
        self.redis.ask(async |mut redis| write.invoke_async(&mut redis).await).await
    }

    /// How long things are good for.
    #[must_use]
    pub fn times(&self) -> Times {
        self.times
    }

    /// How the breaker stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.redis.state()
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn ping(&self) -> Result<(), Unanswered> {
        self.redis.ping().await
    }
}

fn keys(database: &str, id: u64) -> Keys {
    let key = |what: &str| format!("api-server:{database}:{what}:{{{id}}}");
    Keys { user: key("user"), lease: key("lease") }
}

fn invocation<'a>(script: &'a Script, keys: &Keys) -> redis::ScriptInvocation<'a> {
    let mut invocation = script.prepare_invoke();
    invocation.key(&keys.user).key(&keys.lease);
    invocation
}

fn milliseconds(time: Duration) -> u64 {
    time.as_millis() as u64
}

fn value(user: &Stored) -> Vec<u8> {
    let mut value = format!("{}:", user.version).into_bytes();
    UserDocument::from(user.clone()).encode(&mut value).expect("a vector grows");
    value
}

fn read(id: u64, value: &[u8]) -> Option<Found> {
    let colon = value.iter().position(|&byte| byte == b':')?;
    let version: u64 = std::str::from_utf8(&value[..colon]).ok()?.parse().ok()?;
    let message = &value[colon + 1..];
    if message.is_empty() {
        return Some(Found::Deleted);
    }
    let user = Stored::try_from(UserDocument::decode(message).ok()?).ok()?;
    (user.id == id && user.version == version).then_some(Found::User(user))
}

fn nonsense() -> RedisError {
    (redis::ErrorKind::Parse, "what is kept makes no sense").into()
}
