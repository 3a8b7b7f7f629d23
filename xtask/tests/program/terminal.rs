//! A pseudo-terminal with the runner in it.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::course::WAIT_MAX;

/// A terminal, and the program that it was opened for.
pub(super) struct Terminal {
    program: Child,
    /// The keyboard and the screen; `None` once the terminal has vanished.
    near: Option<File>,
    /// What has come and was not waited for yet.
    shown: String,
}

impl Terminal {
    /// Starts a command as the leader of a session with a new terminal of that width.
    pub(super) fn start(command: &Command, columns: u16) -> Self {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC);
        let near = near.expect("there are pseudo-terminals");
        grantpt(&near).expect("a terminal");
        unlockpt(&near).expect("a terminal");
        let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&near, size).expect("a terminal");
        let name = ptsname(&near, Vec::new()).expect("a terminal").into_string().expect("text");
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(OpenptFlags::NOCTTY.bits() as i32);
        let far = options.open(name).expect("a terminal");
        let end = || Stdio::from(far.try_clone().expect("a descriptor"));
        // `setsid` becomes the program: its process is the program's.
        let mut session = Command::new("setsid");
        session.arg("--ctty").arg(command.get_program()).args(command.get_args());
        session.env("TERM", "xterm");
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => session.env(name, value),
                None => session.env_remove(name),
            };
        }
        session.stdin(end()).stdout(end()).stderr(end());
        let program = session.spawn().expect("there is `setsid`");
        Self { program, near: Some(File::from(near)), shown: String::new() }
    }

    /// Reads what there is, at most until the deadline; false when there will be nothing more.
    fn read(&mut self, deadline: Instant) -> bool {
        let Some(near) = &self.near else { return false };
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout =
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
        let mut buffer = [0; 4096];
        match poll(&mut [PollFd::new(near, PollFlags::IN)], Some(&timeout)) {
            Ok(1..) => match rustix::io::read(near, &mut buffer) {
                Ok(count @ 1..) => {
                    self.shown.push_str(&String::from_utf8_lossy(&buffer[..count]));
                    true
                }
                // Nobody has the far end open any more.
                Ok(_) | Err(_) => false,
            },
            Ok(_) | Err(_) => false,
        }
    }

    /// Waits until that text is on the screen, behind what was waited for before, and returns all that came until then.
    pub(super) fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            assert!(self.read(deadline), "`{text}` does not come:\n{}", self.shown);
        }
    }

    pub(super) fn press(&mut self, keys: &str) {
        let near = self.near.as_mut().expect("the terminal is there");
        near.write_all(keys.as_bytes()).expect("a terminal");
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.program), signal).expect("it is ours");
    }

    /// Closes the terminal's window, as it were.
    pub(super) fn vanish(&mut self) {
        self.near = None;
    }

    /// Whether keys are echoed, and lines edited, as a shell wants it.
    pub(super) fn is_as_a_shell_wants_it(&self) -> bool {
        let near = self.near.as_ref().expect("the terminal is there");
        let modes = tcgetattr(near).expect("a terminal").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// How the program ended, and what it showed last.
    pub(super) fn ended(&mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + WAIT_MAX;
        let process = pidfd_open(Pid::from_child(&self.program), PidfdFlags::empty());
        // Somebody must read, or it could not write; the end of the program is the end of that.
        while self.read(deadline) {}
        let ended = crate::course::ends_before(&process.expect("it is ours"), deadline);
        assert!(ended, "it does not end:\n{}", self.shown);
        (self.program.wait().expect("it is ours"), std::mem::take(&mut self.shown))
    }

    /// Everything that a command shows in a terminal of that width.
    pub(super) fn screen_of(command: &mut Command, columns: u16, set: &[(&str, &str)]) -> String {
        command.envs(set.iter().map(|(name, value)| (OsStr::new(*name), OsStr::new(*value))));
        Self::start(command, columns).ended().1
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
