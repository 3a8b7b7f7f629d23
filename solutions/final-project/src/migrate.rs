//! The process that brings PostgreSQL's tables up to date.
//!
//! The master starts it and waits for it. The master itself has one thread and no event loop, and asking PostgreSQL wants
//! both; a process of its own is also one that can be ended when it hangs.

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Signal, set_parent_process_death_signal};

use crate::exit;
use crate::settings::from_text;
use crate::store::postgres::{PrepareError, Prepared, prepare};
use crate::worker::SETTINGS;

/// The argument that makes the program this one.
pub(crate) const ARGUMENT: &str = "migrate";

/// How long it may take: a migration goes through all users.
const LONG: Duration = Duration::from_secs(600);

/// Does it, and says on standard output how many connections there may be.
#[must_use]
pub fn run() -> ExitCode {
    let settings = env::var(SETTINGS).ok().and_then(|text| from_text(&text));
    let Some(url) = settings.and_then(|settings| settings.database_url) else {
        eprintln!("api-server: only the master starts this");
        return ExitCode::from(exit::USAGE);
    };
    // It is for the master alone.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::because(exit::UNREACHABLE, &error),
    };
    let late = |_| Err(PrepareError::Unreachable("it does not answer in time".to_owned()));
    let preparing = async { tokio::time::timeout(LONG, prepare(&url.config())).await };
    let prepared = runtime.block_on(preparing).unwrap_or_else(late);
    // A look-up of a name may still wait for an answer.
    runtime.shutdown_background();
    match prepared {
        Ok(Prepared { connections_max }) => {
            println!("{connections_max}");
            ExitCode::SUCCESS
        }
        Err(error @ PrepareError::Unreachable(_)) => exit::because(exit::UNREACHABLE, &error),
        Err(error @ PrepareError::Refused(_)) => exit::because(exit::ENVIRONMENT, &error),
    }
}
