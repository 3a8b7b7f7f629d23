//! How many, how long, how much.

use std::time::Duration;

use crate::pool::{Limits, LimitsError};

/// The limits of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many connections are open or coming about, over all authorities: aiohttp's `limit`. There, only those in use
    /// count; here idle ones do too, because each has a descriptor.
    pub connections_max: usize,
    /// How many of them to one authority.
    pub connections_per_authority_max: usize,
    /// How many authorities are remembered.
    pub authorities_max: usize,
    /// How many requests wait for a connection to one authority. More are told at once.
    pub waiting_max: usize,
    /// How long a request waits for a connection, all told: for its turn, for the name, and for each address.
    pub wait_max: Duration,
    /// How long one address may take to answer.
    pub connect_max: Duration,
    /// From there until the request is sent and the head of the answer has come.
    pub answer_max: Duration,
    /// From there until its body has.
    pub body_max: Duration,
    /// The longest body, in bytes.
    pub body_bytes_max: usize,
    /// How long a connection is kept idle: aiohttp's `keepalive_timeout`. Shorter than most servers keep it, so that it is
    /// this side that closes, and no request meets a connection that is just being closed.
    pub idle_max: Duration,
    /// How names become addresses.
    pub names: Names,
    /// What is sent again.
    pub retries: Retries,
}

/// How long the addresses of a name are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// How long they are used without asking again. aiohttp's `ttl_dns_cache`. The system's resolver does not say how long
    /// the name's owner believes in them.
    pub ttl: Duration,
    /// How much longer they are used while nobody answers. RFC 8767 suggests one to three days (§5), and says that less
    /// does in most outages (§6). Addresses are given to others some day, and without TLS a client would tell them
    /// everything.
    pub stale_max: Duration,
    /// How long the resolver may take.
    pub lookup_max: Duration,
}

/// When a request is sent again: within a budget, as Finagle's clients do. Each request pays in a share of a repetition,
/// and each repetition costs a whole one. In the long run repetitions add at most the share to the load, and there is a
/// reserve for when many connections break at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often a request is sent at most. Three, as in *Site Reliability Engineering*, chapter 21.
    pub attempts_max: u32,
    /// What a request pays in, in hundredths of a repetition.
    pub share_percent: u32,
    /// How many repetitions are saved up at most, and there are at the beginning: as many as there are connections to one
    /// authority, which break together when it is restarted.
    pub reserve: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections_max: 1000,
            connections_per_authority_max: 100,
            authorities_max: 256,
            waiting_max: 1000,
            wait_max: Duration::from_secs(10),
            connect_max: Duration::from_secs(3),
            answer_max: Duration::from_secs(30),
            body_max: Duration::from_secs(30),
            body_bytes_max: 1 << 20,
            idle_max: Duration::from_secs(15),
            names: Names::default(),
            retries: Retries::default(),
        }
    }
}

impl Default for Names {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(300),
            stale_max: Duration::from_secs(3600),
            lookup_max: Duration::from_secs(5),
        }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self { attempts_max: 3, share_percent: 20, reserve: 100 }
    }
}

impl Options {
    /// The limits of each authority's pool.
    pub(super) fn pool(&self) -> Limits {
        Limits {
            min: 0,
            max: self.connections_per_authority_max.min(self.connections_max),
            uses_max: u64::MAX,
            idle_max: self.idle_max,
            acquire_max: self.wait_max,
            create_max: self.wait_max,
            // A server that closes says so, and hyper sees it. Whether it has gone without a word, a request finds out.
            check_after: Duration::MAX,
            check_max: self.wait_max,
            waiting_max: self.waiting_max,
        }
    }

    /// Whether a client can keep all of them and still send something.
    pub(super) fn check(&self) -> Result<(), LimitsError> {
        if self.authorities_max == 0 {
            return Err(LimitsError { limit: "authorities_max", rule: "must be at least 1" });
        }
        self.pool().check()
    }
}
