//! Everything that can be set, in one table.
//!
//! A setting comes from the command line, else from the environment, else from a TOML file, else it has
//! its default. All are read and checked before anything is opened. Whatever is wrong names the key,
//! where its value came from, the value, and what is allowed.

use std::net::SocketAddr;
use std::path::PathBuf;

use solution_4_processes::affinity::Pinning;

mod sources;
mod value;

pub use sources::{Invocation, SettingsError, from_text, read};
pub use value::{Bytes, Count, OnOff, Profile, Time, Value};

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
}

settings! {
    /// Where clients connect
    listen: SocketAddr = "127.0.0.1:8080",
    /// How many worker processes; auto: one for each processor that may be used
    workers: Option<Count<1, 64>> = "auto",
    /// Whether each worker keeps to one processor; auto: not under a CPU quota
    pinning: Pinning = "auto",
    /// `bare` leaves out what costs: the timing of requests
    profile: Profile = "production",
    /// The log file; auto: standard error
    log: Option<PathBuf> = "auto",
    /// The SQLite database file
    database: PathBuf = "api-server.db",
    /// Whether a write waits until the disk has it, so that it survives a power failure
    database_sync: OnOff = "on",
    /// Threads of a worker that read from the database; one more writes
    database_threads: Count<1, 64> = "2",
    /// How many reads of a worker may wait for a thread, and how many writes
    database_queue: Count<1, 100_000> = "1000",
    /// The directory below `/static/`; auto: none
    files: Option<PathBuf> = "auto",
    /// Threads of a worker that compute; auto: its share of the processors
    compute_threads: Option<Count<1, 64>> = "auto",
    /// How many computations of a worker may wait for a thread
    compute_queue: Count<1, 100_000> = "64",
    /// Users that a worker keeps in memory
    cache_items: Count<0, 1_000_000> = "1000",
    /// What they may take in memory
    cache_bytes: Bytes<0, 1_073_741_824> = "4m",
    /// How long a worker may serve a user from memory
    cache_ttl: Time<1, 86_400_000> = "60s",
    /// Open connections of a worker; more wait in the kernel's queue
    connections: Count<1, 1_000_000> = "10000",
    /// How many connections may wait in the kernel's queue of a worker
    backlog: Count<1, 65_535> = "4096",
    /// The longest head of a request
    head_bytes: Bytes<8192, 1_048_576> = "16k",
    /// The longest body of a request
    body_bytes: Bytes<0, 1_073_741_824> = "1m",
    /// From a request's first byte to the end of its head
    head_timeout: Time<100, 3_600_000> = "10s",
    /// From there to the end of its body
    body_timeout: Time<100, 3_600_000> = "30s",
    /// How long nothing of a body may come
    body_stall_timeout: Time<100, 3_600_000> = "10s",
    /// The longest work on an answer
    request_timeout: Time<10, 3_600_000> = "30s",
    /// How long a client may take nothing of an answer
    write_timeout: Time<100, 3_600_000> = "30s",
    /// How much of an answer a client must take in a second, on average, once that time has passed
    write_rate_min: Bytes<0, 1_073_741_824> = "1k",
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
