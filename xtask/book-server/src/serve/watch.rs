//! The watcher: builds, then sleeps until something changed.
//!
//! The kernel's news only ends the sleep. Whether anything has changed is found by comparing times and lengths of the
//! files, so a burst of events is one build, and an event that changes nothing is none.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, PipeWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;

use super::edition::{Edition, UNNAMED};
use super::memory::Memory;
use super::news::{News, Woken};
use super::say;
use crate::book::{self, Outcome};
use crate::finish::Live;
use crate::publish;

/// Files carry the time of the kernel's last tick, which may be this much before the clock's.
const CLOCK_STEP: Duration = Duration::from_millis(20);

/// The running watcher.
#[derive(Debug)]
pub(super) struct Watcher {
    stop: PipeWriter,
    thread: JoinHandle<()>,
}

impl Watcher {
    /// Ends it; waits for the build that it may be in.
    pub(super) fn stop(self) {
        drop(self.stop);
        // A panic of the watcher was reported when it happened.
        _ = self.thread.join();
    }
}

/// Starts building and watching; each result goes to `editions`, and what the reader has done to `memory`.
pub(super) fn start(
    root: PathBuf,
    token: String,
    editions: watch::Sender<Arc<Edition>>,
    memory: Arc<Memory>,
) -> io::Result<Watcher> {
    let folder = tempfile::Builder::new().prefix("book-server-").tempdir()?;
    let (mut news, stop) = News::new()?;
    let thread = std::thread::Builder::new().name("watcher".to_owned()).spawn(move || {
        let mut kept = Watched::new(memory.sources(), &mut news);
        memory.refresh();
        let mut book = Watched::new(BTreeSet::new(), &mut news);
        loop {
            book.look(&mut news);
            let start = SystemTime::now();
            let (edition, sources) = build(&root, folder.path(), &token, &editions.borrow());
            editions.send_if_modified(|last| {
                let news = !edition.is_as(last);
                *last = Arc::new(edition);
                news
            });
            if book.are_now(sources, start, &mut news) {
                continue;
            }
            loop {
                if kept.look(&mut news) {
                    kept = Watched::new(memory.sources(), &mut news);
                    memory.refresh();
                }
                if book.look(&mut news) {
                    break;
                }
                if news.wait() == Woken::Stop {
                    return;
                }
            }
        }
    })?;
    Ok(Watcher { stop, thread })
}

/// Builds once. After a failure the last pages stay.
fn build(root: &Path, folder: &Path, token: &str, last: &Edition) -> (Edition, BTreeSet<PathBuf>) {
    let start = Instant::now();
    let live = Live { build: UNNAMED, token };
    let Outcome { sources, result } = book::build(root, folder, Some(live));
    let read = result.map_err(|defects| defects.to_string()).and_then(|()| {
        Edition::read(folder).map_err(|error| format!("cannot read the pages: {error}"))
    });
    let edition = match read {
        Ok(edition) => {
            say(&format!("the book is built ({} ms)", start.elapsed().as_millis()));
            edition
        }
        Err(defects) => {
            say(&format!("the book does not build:\n{defects}"));
            Edition { defects: Some(defects), ..last.clone() }
        }
    };
    (edition, sources)
}

/// Files and folders, and how they were when they were looked at.
#[derive(Debug)]
struct Watched {
    paths: BTreeSet<PathBuf>,
    seen: Snapshot,
}

/// Times and lengths of files.
type Snapshot = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

impl Watched {
    fn new(paths: BTreeSet<PathBuf>, news: &mut News) -> Self {
        let seen = snapshot(&paths, news);
        Self { paths, seen }
    }

    /// Looks at them, and says whether they have changed since the last look.
    fn look(&mut self, news: &mut News) -> bool {
        let now = snapshot(&self.paths, news);
        let changed = now != self.seen;
        self.seen = now;
        changed
    }

    /// After a build: these are what it read. Says whether it has to be done again at once.
    ///
    /// What was watched before the build began is compared with what it was then, by the next look. Of what is new,
    /// only the clock tells whether it may have changed since the build read it; then the next build, which reads
    /// what is watched by now, settles it.
    fn are_now(&mut self, paths: BTreeSet<PathBuf>, start: SystemTime, news: &mut News) -> bool {
        if paths == self.paths {
            return false;
        }
        *self = Self::new(paths, news);
        let since = start - CLOCK_STEP;
        let now = SystemTime::now();
        self.seen.values().flatten().any(|(time, _)| *time >= since && *time <= now)
    }
}

/// The files as they are after being watched, so that no change falls between the two.
fn snapshot(paths: &BTreeSet<PathBuf>, news: &mut News) -> Snapshot {
    let mut files = BTreeMap::new();
    for path in paths {
        news.watch_above(path);
        add(&mut files, path, news);
    }
    files
}

fn add(files: &mut Snapshot, path: &Path, news: &mut News) {
    let found = path.metadata().ok();
    if !found.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        let state = found.and_then(|file| Some((file.modified().ok()?, file.len())));
        files.insert(path.to_owned(), state);
        return;
    }
    news.watch(path);
    let Ok(entries) = path.read_dir() else { return };
    for entry in entries.flatten() {
        // Editors keep their own files under hidden names; a built book is not a source of itself.
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden
            && !publish::is_book(&entry.path())
            && !entry.file_type().is_ok_and(|kind| kind.is_symlink())
        {
            add(files, &entry.path(), news);
        }
    }
}
