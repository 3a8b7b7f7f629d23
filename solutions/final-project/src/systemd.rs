//! What a service manager hands over: an interface of systemd's, which others speak, too.
//!
//! It stands in variables of the environment, and is meant for the master alone.

use std::process::Command;

pub mod sockets;

/// A process that the master starts finds its listeners elsewhere.
pub(crate) fn is_not_for(command: &mut Command) {
    for name in sockets::VARIABLES {
        command.env_remove(name);
    }
}

/// Whether a variable that names the process it is for names this one, if it is there.
fn is_for_us(name: &str) -> bool {
    std::env::var(name).map_or(true, |pid| pid == std::process::id().to_string())
}
