//! A stream of Redis as the queue.
//!
//! Who reads it does so in a consumer group (`XREADGROUP`), acknowledges what is done (`XACK`), and takes over what another
//! reader has left undone (`XAUTOCLAIM`). So an event is worked on at least once, and its field `id` says whether it has
//! been before.
//!
//! A stream keeps what was acknowledged until somebody trims it, and Redis keeps all of it in memory. To trim it here, by
//! its length, would drop events that nobody has read. So it is bounded the other way: when the stream is full, nothing is
//! added, and events wait on disk. Readers trim what all their groups are done with (`XTRIM … MINID`).

use std::time::Duration;

use redis::{Client, Connection, RedisResult, Script};

use super::queue::{Queue, QueueError};
use super::spool::Record;
use crate::settings::RedisUrl;

/// KEYS: the stream. ARGV: the most it may have, then twelve for each event: six names and values. Adds as many as fit, and
/// returns how many.
const ADD: &str = "
    local room = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1])
    local count = math.max(math.min(room, (#ARGV - 1) / 12), 0)
    for event = 0, count - 1 do
        redis.call('XADD', KEYS[1], '*', unpack(ARGV, event * 12 + 2, event * 12 + 13))
    end
    return count";

/// The stream.
pub struct Stream {
    client: Client,
    connection: Option<Connection>,
    add: Script,
    name: String,
    length: usize,
    timeout: Duration,
}

impl Stream {
    /// Connects when it is first used.
    ///
    /// # Panics
    ///
    /// Never: the address has been read before.
    #[must_use]
    pub fn new(url: &RedisUrl, name: String, length: usize, timeout: Duration) -> Self {
        let client = Client::open(url.url()).expect("it has been read");
        Self { client, connection: None, add: Script::new(ADD), name, length, timeout }
    }

    fn add(&mut self, batch: &[Record]) -> RedisResult<usize> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let connection = self.client.get_connection_with_timeout(self.timeout)?;
                connection.set_read_timeout(Some(self.timeout))?;
                connection.set_write_timeout(Some(self.timeout))?;
                none.insert(connection)
            }
        };
        let mut add = self.add.prepare_invoke();
        add.key(&self.name).arg(self.length);
        for Record { spool, number, event } in batch {
            add.arg("id").arg(format!("{spool}-{number}"));
            add.arg("time").arg(event.time).arg("access").arg(event.access.name());
            add.arg("user").arg(event.user).arg("status").arg(event.status);
            let trace = event.trace.map_or_else(String::new, |trace| trace.to_string());
            add.arg("traceparent").arg(trace);
        }
        add.invoke(connection)
    }
}

impl Queue for Stream {
    fn publish(&mut self, batch: &[Record]) -> Result<usize, QueueError> {
        self.add(batch).map_err(|error| {
            // An answer to this may come, and would be taken for one to the next.
            self.connection = None;
            QueueError(error.to_string())
        })
    }
}
