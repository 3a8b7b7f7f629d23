//! The process that brings PostgreSQL's tables up to date.
//!
//! The master starts it and waits for it. The master itself has one thread and no event loop, and asking PostgreSQL wants
//! both; a process of its own is also one that can be ended when it hangs.

use std::env;
use std::process::ExitCode;

use crate::exit;
use crate::settings::from_text;
use crate::store::postgres::{PrepareError, Prepared, prepare};
use crate::worker::SETTINGS;

/// The argument that makes the program this one.
pub(crate) const ARGUMENT: &str = "migrate";

/// Does it, and says on standard output how many connections there may be.
#[must_use]
pub fn run() -> ExitCode {
    let settings = env::var(SETTINGS).ok().and_then(|text| from_text(&text));
    let Some((url, timeout)) = settings
        .and_then(|settings| Some((settings.database_url?, settings.database_timeout.get())))
    else {
        eprintln!("api-server: only the master starts this");
        return ExitCode::from(exit::USAGE);
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::because(exit::UNREACHABLE, &error),
    };
    let prepared = runtime.block_on(prepare(&url.config(), timeout));
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
