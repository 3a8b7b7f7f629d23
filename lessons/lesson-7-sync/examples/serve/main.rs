//! The seventh rung: the sixth one's driver, and what keeps it from harming others and itself: one limit for all workers, a
//! circuit breaker before the database, and one question to it for everybody who asks the same.
//!
//! `cargo xtask serve lesson-7`
//!
//! - `RATE=100` admits 100 requests a second from each address, whichever worker they come to; without it, a million.
//! - `curl -X POST http://127.0.0.1:8080/outage/30` takes the database down for 30 seconds, for all workers.
//!
//! # Map
//!
//! - `answers`: who is admitted, and how a user is found: cache, single-flight, breaker, database.
//! - `database`: something that takes its time, and may be down.
//! - The rest is the sixth rung's.

mod answers;
mod database;

#[path = "../../../lesson-6-memory/examples/serve/connection.rs"]
mod connection;
#[path = "../../../lesson-6-memory/examples/serve/files.rs"]
mod files;
#[path = "../../../lesson-6-memory/examples/serve/outgoing.rs"]
mod outgoing;
#[path = "../../../lesson-6-memory/examples/serve/worker.rs"]
mod worker;

use std::process::ExitCode;

use solution_4_processes::rung::main as run;

fn main() -> ExitCode {
    run("serve-lesson-7", worker::DRAIN_MAX, worker::work)
}
