//! Signals as bytes in pipes, so that one `poll` waits for them and for everything else.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::low_level::{pipe, unregister};

/// What an operator can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
    /// SIGUSR1.
    Reopen,
}

const ASKED: [(i32, Asked); 4] = [
    (SIGTERM, Asked::Stop),
    (SIGINT, Asked::Stop),
    (SIGHUP, Asked::Reload),
    (SIGUSR1, Asked::Reopen),
];

/// A pipe for each signal; the handler writes a byte, and nothing else.
#[derive(Debug)]
pub struct Signals(Vec<Pipe>);

#[derive(Debug)]
struct Pipe {
    read: UnixStream,
    asked: Asked,
    handler: SigId,
}

impl Signals {
    /// Takes the signals from now on; what they ask for waits until somebody looks.
    ///
    /// # Errors
    ///
    /// No descriptors are left.
    pub fn new() -> io::Result<Self> {
        let mut signals = Self(Vec::new());
        for (signal, asked) in ASKED {
            let (read, write) = UnixStream::pair()?;
            read.set_nonblocking(true)?;
            signals.0.push(Pipe { read, asked, handler: pipe::register(signal, write)? });
        }
        Ok(signals)
    }

    /// What becomes readable when one has come.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.0.iter().map(|pipe| pipe.read.as_fd())
    }

    /// What has been asked for since the last time. Signals that come close together count once, as the
    /// kernel counts them, too; except SIGTERM behind SIGINT, which is a second wish to stop.
    pub(super) fn take(&mut self) -> Vec<Asked> {
        let mut bytes = [0; 64];
        let come = |pipe: &mut Pipe| pipe.read.read(&mut bytes).is_ok().then_some(pipe.asked);
        self.0.iter_mut().filter_map(come).collect()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for pipe in &self.0 {
            unregister(pipe.handler);
        }
    }
}
