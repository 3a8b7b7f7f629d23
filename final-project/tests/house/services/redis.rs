//! Redis under test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use super::{Service, answers};
use crate::house::skip;

/// A server of Redis, which has written what it is told to a file before it answers: it may be killed.
pub(crate) struct Redis(Service);

impl Redis {
    /// Nothing where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            skip("Redis", "apt install redis-server");
            return None;
        }
        let command = |folder: &Path, port: u16| {
            let mut command = Command::new("redis-server");
            command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
            command.args(["--appendonly", "yes", "--dir"]).arg(folder);
            command
        };
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self(Service::start(folder, Signal::KILL, command, is_answered_by_redis)))
    }

    pub(crate) fn service(&mut self) -> &mut Service {
        &mut self.0
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address()
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.address())
    }

    pub(crate) fn url_at(address: SocketAddr) -> String {
        format!("redis://{address}")
    }
}

fn is_answered_by_redis(port: u16) -> bool {
    answers(
        port, b"PING
", b"+PONG",
    )
}
