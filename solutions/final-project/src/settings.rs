//! Everything that can be set, in one table.
//!
//! A setting comes from the command line, else from the environment, else from a TOML file, else it has
//! its default. All are read and checked before anything is opened. Whatever is wrong names the key,
//! where its value came from, the value, and what is allowed.

use std::net::SocketAddr;
use std::path::PathBuf;

use solution_4_processes::affinity::Pinning;

mod network;
mod service;
mod sources;
mod value;

pub use network::{Hosts, Networks};
pub use service::{HttpUrl, PostgresUrl, RedisUrl, Token};
pub use sources::{Invocation, SettingsError, from_text, read};
pub use value::{Bytes, Count, LogFormat, Name, OnOff, Profile, Rate, Ratio, Scope, Time, Value};

/// Makes the struct, and a table of its fields for everybody who goes through all of them.
macro_rules! settings {
    ($($(#[doc = $about:literal])+ $name:ident: $type:ty = $default:literal,)+) => {
        /// What can be set.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Settings {
            $($(#[doc = $about])+ pub $name: $type,)+
        }

        /// One field, as its sources see it.
        pub(crate) const KEYS: &[Key] = &[$(Key {
            name: stringify!($name),
            about: concat!($($about),+),
            default: $default,
            allowed: <$type as Value>::allowed,
            shown: <$type as Value>::shown,
        },)+];

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: <$type as Value>::read($default).expect("a default is allowed"),)+ }
            }
        }

        impl Settings {
            /// Sets one by its name; false when the value is not allowed.
            pub(crate) fn set(&mut self, name: &str, value: &str) -> bool {
                match name {
                    $(stringify!($name) => match Value::read(value) {
                        Some(value) => self.$name = value,
                        None => return false,
                    },)+
                    _ => return false,
                }
                true
            }

            /// All of them with their names, as `set` takes them.
            pub(crate) fn values(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($name), self.$name.write()),)+]
            }
        }
    };
}

/// A setting's name and rule.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) default: &'static str,
    pub(crate) allowed: fn() -> String,
    pub(crate) shown: fn(&str) -> String,
}

settings! {
    /// Where clients connect
    listen: SocketAddr = "127.0.0.1:8080",
    /// Where clients connect with TLS; auto: nowhere
    tls_listen: Option<SocketAddr> = "auto",
    /// The certificate and those above it, as PEM. It is read again when it changes
    tls_certificate: Option<PathBuf> = "auto",
    /// The private key that belongs to it, as PEM
    tls_key: Option<PathBuf> = "auto",
    /// How many worker processes; auto: one for each processor that may be used
    workers: Option<Count<1, 64>> = "auto",
    /// Whether each worker keeps to one processor; auto: not under a CPU quota
    pinning: Pinning = "auto",
    /// `bare` leaves out what costs: timing, limits for each client, security headers, access events, the access log, traces
    profile: Profile = "production",
    /// The log file; auto: standard error
    log: Option<PathBuf> = "auto",
    /// Whether its lines are for people or for programs
    log_format: LogFormat = "text",
    /// The access log, a line of JSON for each request; auto: none
    access_log: Option<PathBuf> = "api-server-access.jsonl",
    /// How much of the disk it may take, with the file before it
    access_log_bytes: Bytes<1_048_576, 17_179_869_184> = "64m",
    /// The PostgreSQL database; auto: SQLite
    database_url: Option<PostgresUrl> = "auto",
    /// The SQLite database file
    database: PathBuf = "api-server.db",
    /// SQLite: whether a write waits until the disk has it, so that it survives a power failure
    database_sync: OnOff = "on",
    /// SQLite: threads of a worker that read; one more writes
    database_threads: Count<1, 64> = "2",
    /// How many queries of a worker may wait; with SQLite, how many reads and how many writes
    database_queue: Count<1, 100_000> = "1000",
    /// PostgreSQL: how many connections all workers together keep open
    database_connections_min: Count<0, 10_000> = "10",
    /// PostgreSQL: and how many they open at most; while workers are replaced, the old ones have theirs, too
    database_connections_max: Count<1, 10_000> = "100",
    /// PostgreSQL: after so many queries a connection is replaced
    database_connection_uses: Count<1, 1_000_000_000> = "50000",
    /// PostgreSQL: how long a connection beyond the minimum may be idle
    database_connection_idle: Time<1000, 86_400_000> = "300s",
    /// How long a query may take, waiting included
    database_timeout: Time<10, 60_000> = "5s",
    /// The Redis server that is the second-level cache, and counts limits over several servers; auto: none
    redis_url: Option<RedisUrl> = "auto",
    /// How long Redis may take
    redis_timeout: Time<1, 60_000> = "100ms",
    /// How long Redis keeps a user
    redis_ttl: Time<1, 86_400_000> = "60s",
    /// The Redis server whose streams are the queue of access events; auto: a log on disk
    queue_url: Option<RedisUrl> = "auto",
    /// How long it may take
    queue_timeout: Time<1, 60_000> = "1s",
    /// The name of the stream
    queue_stream: Name = "access",
    /// How many events the stream may hold before new ones wait on disk
    queue_length: Count<1, 100_000_000> = "1000000",
    /// The directory where access events wait for the queue
    events: PathBuf = "api-server-events",
    /// How much of the disk they may take; of the log, if that is the queue, as much again
    events_bytes: Bytes<65_536, 17_179_869_184> = "64m",
    /// After so many failures in a row, the database, Redis or the queue is left alone
    breaker_failures: Count<1, 1_000_000> = "5",
    /// And how long, before it is tried again
    breaker_open: Time<10, 3_600_000> = "5s",
    /// The directory below `/static/`; auto: none
    files: Option<PathBuf> = "auto",
    /// Threads of a worker that compute; auto: its share of the processors
    compute_threads: Option<Count<1, 64>> = "auto",
    /// How many computations of a worker may wait for a thread
    compute_queue: Count<1, 100_000> = "64",
    /// How many background jobs run at once on this machine, each in a process; 0: none, others that use the database run them
    job_processes: Count<0, 64> = "1",
    /// How many may wait, in the database
    job_queue: Count<1, 1_000_000> = "1000",
    /// How long one may take
    job_time: Time<100, 86_400_000> = "60s",
    /// How much processor time one may take, in whole seconds
    job_processor_time: Time<1000, 86_400_000> = "60s",
    /// How much memory the process of one may have, in addresses
    job_memory: Bytes<67_108_864, 17_179_869_184> = "256m",
    /// How long one is remembered that has ended
    job_keep: Time<1000, 31_536_000_000> = "24h",
    /// Whether jobs can be submitted that go wrong on purpose, for tests
    job_faults: OnOff = "off",
    /// Users that a worker keeps in memory
    cache_items: Count<0, 1_000_000> = "1000",
    /// What they may take in memory
    cache_bytes: Bytes<0, 1_073_741_824> = "4m",
    /// How long a worker may serve a user from memory
    cache_ttl: Time<1, 86_400_000> = "60s",
    /// How often one client may ask, over all workers; auto: as often as it likes
    rate_limit: Option<Rate> = "1000000/s",
    /// How many requests of a client may come at once
    rate_burst: Count<1, 1_000_000> = "1000000",
    /// Where that is counted; without an answer from Redis, on this host
    rate_scope: Scope = "host",
    /// A file of 8 bytes, nanoseconds, by which limits go, for tests; auto: the kernel's clock
    rate_clock: Option<PathBuf> = "auto",
    /// Whose word about the client's address counts (the field `x-forwarded-for`)
    trusted_proxies: Networks = "none",
    /// The names by which clients may call the server
    hosts: Hosts = "any",
    /// Whether answers say what browsers must not do with them
    security_headers: OnOff = "on",
    /// Which share of requests is recorded in traces, besides those whose callers record them
    trace_sample: Ratio = "0.01",
    /// Where recorded requests are sent, as OTLP over HTTP; only with the feature `otel`; auto: nowhere
    otlp_url: Option<HttpUrl> = "auto",
    /// Where errors are told, each once a minute at most, as a `POST` of JSON; auto: nowhere
    error_webhook: Option<HttpUrl> = "auto",
    /// What shows that a client may look at `/metrics` and the page at `/`; auto: nothing, and whoever asks from this machine may
    admin_token: Option<Token> = "auto",
    /// What bodies and waiting requests of a worker may take in memory
    memory: Bytes<1_048_576, 17_179_869_184> = "64m",
    /// Open connections of a worker; more wait in the kernel's queue
    connections: Count<1, 1_000_000> = "10000",
    /// How many connections may wait in the kernel's queue of a worker
    backlog: Count<1, 65_535> = "4096",
    /// HTTP/2: how many requests of a connection may be under way
    http2_streams: Count<1, 10_000> = "100",
    /// The longest head of a request
    head_bytes: Bytes<8192, 1_048_576> = "16k",
    /// The longest body of a request
    body_bytes: Bytes<0, 1_073_741_824> = "1m",
    /// From a request's first byte to the end of its head; also the longest handshake
    head_timeout: Time<100, 3_600_000> = "10s",
    /// From there to the end of its body, or longer if it is fast enough
    body_timeout: Time<100, 3_600_000> = "30s",
    /// How long nothing of a body may come
    body_stall_timeout: Time<100, 3_600_000> = "10s",
    /// The longest work on an answer
    request_timeout: Time<10, 3_600_000> = "30s",
    /// How long a client may take nothing of an answer; of a large one it is seen to take 512 KiB at a time
    write_timeout: Time<100, 3_600_000> = "30s",
    /// How much of a body a client must send, or of an answer take, in a second, on average, once its time has passed
    rate_min: Bytes<0, 1_073_741_824> = "1k",
    /// How long a connection may wait for its next request
    idle_timeout: Time<100, 3_600_000> = "60s",
    /// At the end: how long to go on accepting while `/health` already fails
    lame_duck: Time<0, 3_600_000> = "0s",
    /// At the end: how long an idle connection may still send a request
    drain_quiet: Time<0, 60_000> = "500ms",
    /// At the end: after how long what is left is cut off
    drain_timeout: Time<0, 3_600_000> = "30s",
    /// How long a worker may take to start
    start_timeout: Time<100, 3_600_000> = "30s",
    /// How long a worker may be silent before it is killed
    hang_timeout: Time<1000, 3_600_000> = "5s",
    /// How many lives of a worker may fail in a row
    crashes_max: Count<1, 1_000_000> = "10",
}
