//! Who reads the queue meanwhile, as somebody does where there is one: what has been read is taken away.
//!
//! Events come at least once. In each spool they have numbers that follow each other from 1: a number that is more than the
//! next one says that events were lost.

use std::collections::BTreeMap;

use redis::Commands as _;
use redis::streams::StreamRangeReply;

use crate::house::services::Redis;

/// What has come.
pub(crate) struct Reader {
    redis: redis::Connection,
    /// By the spool: the number of the last event.
    last: BTreeMap<u64, u64>,
}

/// How many are read at once.
const BATCH: usize = 5000;

impl Reader {
    pub(crate) fn of(redis: &Redis) -> Self {
        let client = redis::Client::open(redis.url()).expect("an address");
        Self { redis: client.get_connection().expect("Redis is there"), last: BTreeMap::new() }
    }

    /// Reads what is there, and returns how many there were.
    pub(crate) fn read(&mut self) -> usize {
        let read: StreamRangeReply =
            self.redis.xrange_count("access", "-", "+", BATCH).expect("a stream");
        let mut ids = Vec::with_capacity(read.ids.len());
        for entry in &read.ids {
            self.note(&entry.get::<String>("id").expect("an id"));
            ids.push(entry.id.as_str());
        }
        if !ids.is_empty() {
            let _: usize = self.redis.xdel("access", &ids).expect("an answer");
        }
        ids.len()
    }

    fn note(&mut self, id: &str) {
        let (spool, number) = id.split_once('-').expect("two numbers");
        let number: u64 = number.parse().expect("a number");
        let last = self.last.entry(spool.parse().expect("a number")).or_default();
        assert!(number <= *last + 1, "events were lost between {last} and {number} of {spool}");
        *last = number.max(*last);
    }

    /// How many different events have come.
    pub(crate) fn events(&self) -> u64 {
        self.last.values().sum()
    }
}
