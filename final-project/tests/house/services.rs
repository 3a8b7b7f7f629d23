//! Real services under test: started on free ports, in folders of their own, gone when the test is.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use super::processes::{dies_with_us, stop};
use super::{WAIT_MAX, send, until};

mod postgres;
mod prometheus;
mod redis;

pub(crate) use postgres::Postgres;
pub(crate) use prometheus::Prometheus;
pub(crate) use redis::Redis;

/// How often a port that was free is taken before the service has it.
const TRIES: usize = 5;

/// Whether who listens there answers a question so.
pub(crate) fn answers(port: u16, question: &[u8], answer: &[u8]) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(question)?;
        let mut begin = vec![0; answer.len()];
        stream.read_exact(&mut begin)?;
        Ok(begin == answer)
    };
    ask().unwrap_or(false)
}

/// The command that starts one in a folder, on a port.
pub(crate) type Start = dyn Fn(&Path, u16) -> Command;

/// A process that listens on a port.
pub(crate) struct Service {
    folder: TempDir,
    command: Box<Start>,
    answers: fn(u16) -> bool,
    /// How it is ended at once, with all that it has started.
    end: Signal,
    port: u16,
    child: Option<Child>,
}

impl Service {
    pub(crate) fn start(
        folder: TempDir,
        end: Signal,
        command: impl Fn(&Path, u16) -> Command + 'static,
        answers: fn(u16) -> bool,
    ) -> Self {
        let command = Box::new(command);
        let mut service = Self { folder, command, answers, end, port: 0, child: None };
        for _ in 0..TRIES {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            service.port = listener.local_addr().expect("an address").port();
            drop(listener);
            // Somebody else may be faster.
            if service.comes_up() {
                return service;
            }
        }
        panic!("it does not start:\n{}", service.log());
    }

    /// Ends it at once and not gracefully. What has been written is on disk.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        send(child.id(), self.end);
        child.wait().expect("it is our child");
    }

    /// Starts it again where it was.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let mut up = false;
        until("it is up again", || {
            up = up || self.comes_up();
            up
        });
    }

    /// Starts another one in its place, which knows nothing.
    pub(crate) fn restart_empty(&mut self) {
        self.kill();
        self.folder = tempfile::tempdir().expect("a folder");
        self.restart();
    }

    /// Stops it without ending it: its port is open, and nobody is there.
    pub(crate) fn freeze(&self) {
        stop(self.child.as_ref().expect("it runs").id());
    }

    pub(crate) fn thaw(&self) {
        send(self.child.as_ref().expect("it runs").id(), Signal::CONT);
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Whether it answers before it ends.
    fn comes_up(&mut self) -> bool {
        let mut command = (self.command)(self.folder.path(), self.port);
        let log = fs::File::create(self.folder.path().join("test.log")).expect("a file");
        let errors = log.try_clone().expect("a descriptor");
        dies_with_us(command.stdin(Stdio::null()).stdout(log).stderr(errors));
        let child = self.child.insert(command.spawn().expect("it is installed"));
        let deadline = Instant::now() + WAIT_MAX;
        while child.try_wait().expect("it is our child").is_none() {
            if (self.answers)(self.port) {
                return true;
            }
            assert!(Instant::now() < deadline, "it does not answer:\n{}", self.log());
            sleep(Duration::from_millis(10));
        }
        self.child = None;
        false
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("test.log")).unwrap_or_default()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &self.child {
            // One that is stopped takes no signal but this.
            let _ = rustix::process::kill_process(Pid::from_child(child), Signal::CONT);
        }
        self.kill();
    }
}
