//! The terminal, one key at a time; as it was before on every way out but `kill -9`.

use std::io::{IsTerminal, Stdin, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Longer lines are hard to read.
const COLUMNS_MAX: usize = 90;

/// Keys without Enter and without echo, until it is dropped: by a return, an error or a panic. Signals that end the
/// process only set a flag meanwhile, so that they end it by a return, too.
#[derive(Debug)]
pub struct Keys {
    stdin: Stdin,
    before: Option<Termios>,
    ended: Arc<AtomicBool>,
}

impl Keys {
    /// Takes over the terminal, if the standard input is one.
    ///
    /// # Errors
    ///
    /// A signal cannot be caught.
    pub fn new() -> std::io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&ended))?;
        }
        let stdin = stdin();
        let before = if stdin.is_terminal() { tcgetattr(&stdin).ok() } else { None };
        if let Some(before) = &before {
            let mut modes = before.clone();
            modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            tcsetattr(&stdin, OptionalActions::Now, &modes)?;
        }
        Ok(Self { stdin, before, ended })
    }

    /// Whether there is a terminal to press keys on.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.before.is_some()
    }

    /// Whether a signal has asked for the end.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    /// The next key, if one is pressed within `wait_max`.
    #[must_use]
    pub fn next(&self, wait_max: Duration) -> Option<char> {
        let timeout = Timespec {
            tv_sec: wait_max.as_secs() as i64,
            tv_nsec: i64::from(wait_max.subsec_nanos()),
        };
        let mut byte = [0];
        let mut descriptors = [PollFd::new(&self.stdin, PollFlags::IN)];
        // Without a terminal there is nothing to read, and the wait is all that is wanted.
        let watched = if self.are_there() { &mut descriptors[..] } else { &mut [] };
        match poll(watched, Some(&timeout)) {
            Ok(1..) => match rustix::io::read(&self.stdin, &mut byte) {
                Ok(1) => Some(char::from(byte[0])),
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => None,
                // The terminal has gone.
                Ok(_) | Err(_) => {
                    self.ended.store(true, Relaxed);
                    None
                }
            },
            // A signal interrupts the wait; the caller asks `ended`.
            Ok(0) | Err(_) => None,
        }
    }
}

/// How many columns a line of text may have: as many as the terminal, and no more than are read with ease.
#[must_use]
pub fn columns() -> usize {
    let size = tcgetwinsize(std::io::stdout()).ok().filter(|size| size.ws_col > 0);
    size.map_or(COLUMNS_MAX, |size| usize::from(size.ws_col).min(COLUMNS_MAX))
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(&self.stdin, OptionalActions::Now, before);
        }
    }
}
