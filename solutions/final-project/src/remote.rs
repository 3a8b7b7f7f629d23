//! A server of Redis, behind a breaker and a time limit.
//!
//! There is one connection, and whoever asks shares it: answers come in the order of the questions. After a failure it is
//! closed, since what was asked on it may still be answered, and what was answered may have been half.
//!
//! Each connection begins by asking who is there. Another Redis than before, or the same one started again, may have
//! forgotten what it was told: whoever relies on it hears of that before the first answer.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult};
use solution_7_sync::breaker::{Breaker, State};
use tokio::sync::Mutex;
use tokio::time::timeout;
use xxhash_rust::xxh3::xxh3_64;

use crate::clock;
use crate::settings::RedisUrl;

/// A worker's way to Redis.
pub struct Remote {
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
    breaker: Breaker,
    timeout: Duration,
    /// Told who is there, as a number that is not zero.
    meet: Box<dyn Fn(u64)>,
}

/// There is no answer: Redis is down, slow, left alone, or says what makes no sense.
#[derive(Debug)]
pub struct Unanswered(pub String);

impl Remote {
    /// Connects when it is first asked.
    ///
    /// # Panics
    ///
    /// Never: the address has been read before.
    #[must_use]
    pub fn open(
        url: &RedisUrl,
        breaker: Breaker,
        timeout: Duration,
        meet: impl Fn(u64) + 'static,
    ) -> Self {
        let client = Client::open(url.url()).expect("it has been read");
        Self { client, connection: Mutex::default(), breaker, timeout, meet: Box::new(meet) }
    }

    /// Asks within the time, if the breaker lets one.
    ///
    /// # Errors
    ///
    /// [`Unanswered`]. What was asked may happen all the same, and later.
    pub async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T, Unanswered> {
        let entered = self.breaker.enter(clock::now());
        let call = entered.map_err(|_| left_alone())?;
        let asking = async { question(self.connected().await?).await };
        let cause = match timeout(self.timeout, asking).await {
            Ok(Ok(answer)) => {
                call.succeeded();
                return Ok(answer);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it did not answer in time".to_owned(),
        };
        call.failed(clock::now());
        // Whoever is just connecting has it locked, and it is new then.
        if let Ok(mut connection) = self.connection.try_lock() {
            *connection = None;
        }
        Err(Unanswered(cause))
    }

    /// How the breaker stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.breaker.state(clock::now())
    }

    /// Whether Redis answers, and is asked.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub async fn ping(&self) -> Result<(), Unanswered> {
        self.ask(async |mut redis| redis::cmd("PING").query_async::<()>(&mut redis).await).await?;
        // While this was under way, others may have failed.
        if self.state() == State::Closed { Ok(()) } else { Err(left_alone()) }
    }

    /// The connection, made once for all who ask meanwhile.
    async fn connected(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = &*kept {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout));
        let mut connection =
            self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let who: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let run = who.lines().find_map(|line| line.strip_prefix("run_id:"));
        let run = run.ok_or((redis::ErrorKind::Parse, "it does not say who it is"))?;
        (self.meet)(xxh3_64(run.trim().as_bytes()) | 1);
        Ok(kept.insert(connection).clone())
    }
}

fn left_alone() -> Unanswered {
    Unanswered("it is left alone".to_owned())
}
