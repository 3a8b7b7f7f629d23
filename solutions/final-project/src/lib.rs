//! The server that the course leads to: a master, pinned workers, an event loop in each, and an API on SQLite.
//!
//! # Map
//!
//! - [`settings`]: everything that can be set; [`exit`]: how the program ends; [`log`]: what it says meanwhile.
//! - [`master`]: holds the [`listeners`] and the [`board`], and looks after the workers; [`migrate`]: a helper of its.
//! - [`systemd`]: the master's own master, where there is one.
//! - [`worker`]: one process on one processor, from its start to its end; [`orphans`]: the end without a master.
//! - [`tls`]: encrypted connections, and which protocol they speak.
//! - [`engine`]: HTTP, by hyper, behind the interface of [`message`].
//! - [`guard`]: who may ask at all: hosts, clients, limits, memory.
//! - [`app`]: what a worker answers with; [`api`]: what can be asked for, a file for each subject.
//! - [`formats`], [`problem`]: data and errors as clients see them.
//! - [`users`]: what is in memory, kept true by [`coherence`], in front of [`l2`] in a [`remote`] Redis, which [`trust`] may
//!   doubt, in front of the [`database`] and its [`store`]; [`files`]: what is in memory of static files.
//! - [`events`]: who asked for which user, on its way to a queue.
//! - [`jobs`]: work that nobody waits for, in processes of its own; [`primes`]: what there is to compute.
//! - [`observe`]: what those who run the server see of it.
//! - [`rotating`]: a file of lines that does not grow for ever.
//! - [`clock`]: what time it is.
//! - Instead of a server: [`check_host`], whether the machine is set up for it; [`probe`], whether one is well.

use std::ffi::OsString;
use std::process::ExitCode;

pub mod settings;

pub mod exit;

pub mod log;

pub mod master;

pub mod migrate;

pub mod listeners;

pub mod systemd;

pub mod board;

pub mod worker;

pub mod orphans;

pub mod tls;

pub mod engine;

pub mod message;

pub mod guard;

pub mod app;

pub mod api;

pub mod formats;

pub mod problem;

pub mod users;

pub mod coherence;

pub mod l2;

pub mod remote;

pub mod trust;

pub mod database;

pub mod store;

pub mod files;

pub mod events;

pub mod jobs;

pub mod primes;

pub mod observe;

pub mod rotating;

pub mod clock;

pub mod check_host;

pub mod probe;

/// The program: the master, or, when the master calls it so, a worker; or what prints one thing and ends.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let first = arguments.get(1).and_then(|first| first.to_str()).unwrap_or_default();
    let rest = || -> Vec<_> {
        arguments[2..].iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
    };
    match first {
        migrate::ARGUMENT => migrate::run(),
        jobs::keeper::ARGUMENT => jobs::keeper::run(&rest()),
        jobs::process::ARGUMENT => jobs::process::run(),
        "worker" => worker::run(&rest()),
        "alerts" => {
            print!("{}", observe::goals::alert_rules());
            ExitCode::SUCCESS
        }
        "dashboard" => {
            print!("{}", observe::grafana::dashboard());
            ExitCode::SUCCESS
        }
        check_host::ARGUMENT => check_host::run(arguments[1..].to_vec()),
        probe::ARGUMENT => probe::run(&arguments[2..]),
        _ => master::run(arguments),
    }
}
