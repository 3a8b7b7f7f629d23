//! The sixth rung: the fifth one's processes and loops, with a driver for HTTP/1.1 of its own, which copies little, allocates
//! next to nothing, and asks the kernel as seldom as it can.
//!
//! `cargo xtask serve lesson-6`; with `FILES=directory`, what is in that directory is served below `/files/`.
//!
//! # Map
//!
//! - `worker`: the event loop, what its connections share, and its end.
//! - `connection`: one connection. Reads, answers all that has come, sends, waits.
//! - `answers`: the small API, and a cache before it.
//! - `files`: what is asked of a file, and how it goes out.
//! - `outgoing`: what waits to be sent.

mod answers;
mod connection;
mod files;
mod outgoing;
mod worker;

use std::process::ExitCode;

use solution_4_processes::rung::main as run;

fn main() -> ExitCode {
    run("serve-lesson-6", worker::DRAIN_MAX, worker::work)
}
