//! The server that the course leads to: a master, pinned workers, an event loop in each, and an API on SQLite.
//!
//! # Map
//!
//! - [`settings`]: everything that can be set; [`exit`]: how the program ends; [`log`]: what it says meanwhile.
//! - [`master`]: holds the [`listeners`] and the [`board`], and looks after the workers.
//! - [`worker`]: one process on one processor, from its start to its end; [`orphans`]: the end without a master.
//! - [`engine`]: HTTP, by hyper, behind the interface of [`message`].
//! - [`app`]: what a worker answers with; [`api`]: what can be asked for, a file for each subject.
//! - [`formats`], [`problem`]: data and errors as clients see them.
//! - [`users`]: the cache in front of the [`store`], kept true by [`coherence`]; [`files`]: the same for static files.

use std::ffi::OsString;
use std::process::ExitCode;

pub mod settings;

pub mod exit;

pub mod log;

pub mod master;

pub mod listeners;

pub mod board;

pub mod worker;

pub mod orphans;

pub mod engine;

pub mod message;

pub mod app;

pub mod api;

pub mod formats;

pub mod problem;

pub mod users;

pub mod store;

pub mod coherence;

pub mod files;

/// The program: the master, or, when the master calls it so, a worker.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "worker") {
        let rest = arguments[2..].iter().map(|argument| argument.to_string_lossy().into_owned());
        return worker::run(&rest.collect::<Vec<_>>());
    }
    master::run(arguments)
}
