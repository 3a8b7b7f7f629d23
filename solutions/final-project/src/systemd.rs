//! What a service manager hands over, and what it is told: the interfaces of systemd, which others speak, too.
//!
//! Both are asked for in variables of the environment, and meant for the master alone.

use std::process::Command;

pub mod notify;
pub mod sockets;

/// A process that the master starts has nothing to say to the manager, and finds its listeners elsewhere.
pub(crate) fn is_not_for(command: &mut Command) {
    for name in sockets::VARIABLES.into_iter().chain(notify::VARIABLES) {
        command.env_remove(name);
    }
}

/// Whether a variable that names the process it is for names this one, if it is there.
fn is_for_us(name: &str) -> bool {
    std::env::var(name).map_or(true, |pid| pid == std::process::id().to_string())
}
