//! News from the kernel: sleeps until something in the watched folders may have changed.
//!
//! inotify (see inotify(7)) only wakes the watcher; what has changed, if anything, it finds by comparing. So nothing
//! here has to be exact: an event too many costs one look, and where the kernel tells nothing (folders of another
//! machine, no watches left) there is a look from time to time.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read as _};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
use rustix::io::Errno;

/// After the first event of a save, for the others: editors truncate, write and rename.
const GATHER: Duration = Duration::from_millis(30);

/// Between two looks while the kernel tells everything that happens on this machine.
const LOOK_TOLD: Duration = Duration::from_secs(10);

/// Between two looks when it does not.
const LOOK_UNTOLD: Duration = Duration::from_millis(500);

/// Whatever changes names, contents or times; not that files were opened and read, which each build does.
const CHANGES: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// Where the watcher sleeps.
#[derive(Debug)]
pub(super) struct News {
    /// Not there when this user has as many as are allowed.
    kernel: Option<File>,
    told: bool,
    stop: PipeReader,
}

/// What ended the sleep.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// It is time to look.
    Look,
    /// The server ends.
    Stop,
}

impl News {
    /// Nothing is watched yet. The sleep ends for good when the pipe's other end is dropped.
    pub(super) fn new() -> io::Result<(Self, PipeWriter)> {
        let (stop, stopper) = io::pipe()?;
        let kernel = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok().map(File::from);
        Ok((Self { told: kernel.is_some(), kernel, stop }, stopper))
    }

    /// Watches a folder too; watching one twice is watching it once. Says whether there is such a folder.
    pub(super) fn watch(&mut self, folder: &Path) -> bool {
        let Some(kernel) = &self.kernel else { return true };
        match add_watch(kernel, folder, CHANGES) {
            Ok(_) => true,
            Err(Errno::NOENT | Errno::NOTDIR) => false,
            Err(_) => {
                self.told = false;
                true
            }
        }
    }

    /// Watches the folder that a file is in, or the nearest one in which it may appear.
    pub(super) fn watch_above(&mut self, path: &Path) {
        path.ancestors().skip(1).any(|folder| self.watch(folder));
    }

    /// Sleeps until there is news, or until a look is due anyway.
    pub(super) fn wait(&mut self) -> Woken {
        let due = if self.told { LOOK_TOLD } else { LOOK_UNTOLD };
        if self.sleep(due, true) == Woken::Stop || self.sleep(GATHER, false) == Woken::Stop {
            return Woken::Stop;
        }
        self.forget();
        Woken::Look
    }

    fn sleep(&self, time: Duration, for_news: bool) -> Woken {
        let mut descriptors = vec![PollFd::new(&self.stop, PollFlags::IN)];
        let kernel = self.kernel.as_ref().filter(|_| for_news);
        descriptors.extend(kernel.map(|kernel| PollFd::new(kernel, PollFlags::IN)));
        let time =
            Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() };
        // An interrupted sleep is a short one.
        _ = poll(&mut descriptors, Some(&time));
        match descriptors[0].revents().is_empty() {
            true => Woken::Look,
            false => Woken::Stop,
        }
    }

    /// Takes the events out of the kernel's queue: that there were some is all that matters.
    fn forget(&self) {
        let Some(mut kernel) = self.kernel.as_ref() else { return };
        let mut events = [0; 4096];
        while kernel.read(&mut events).is_ok_and(|length| length > 0) {}
    }
}
