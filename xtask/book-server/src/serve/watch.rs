//! The watcher: builds, then sleeps until something changed.
//!
//! The kernel's news only ends the sleep. Whether anything has changed is found by comparing times and lengths of the
//! files, so a burst of events is one build, and an event that changes nothing is none.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, PipeWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::watch;

use super::edition::Edition;
use super::news::{News, Woken};
use super::{memory, say};
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
    memory: watch::Sender<Arc<Value>>,
) -> io::Result<Watcher> {
    let folder = tempfile::Builder::new().prefix("book-server-").tempdir()?;
    let (mut news, stop) = News::new()?;
    let thread = std::thread::Builder::new().name("watcher".to_owned()).spawn(move || {
        let mut sources = BTreeSet::new();
        let mut done_in = memory::sources(&root);
        let mut done = Snapshot::of(&done_in, &mut news);
        memory.send_replace(Arc::new(memory::read(&root)));
        loop {
            let start = SystemTime::now();
            let before = Snapshot::of(&sources, &mut news);
            let (edition, read) = build(&root, folder.path(), &token, &editions.borrow());
            editions.send_if_modified(|last| {
                let news = !edition.is_as(last);
                *last = Arc::new(edition);
                news
            });
            // What was known before the build is compared with what it was then; of what is new,
            // the clock says whether it may have changed since the build read it.
            let now = Snapshot::of(&read, &mut news);
            let mut last = if read == sources { before } else { now.unless_since(start) };
            sources = read;
            loop {
                let now_done = Snapshot::of(&done_in, &mut news);
                if now_done != done {
                    memory.send_replace(Arc::new(memory::read(&root)));
                    done_in = memory::sources(&root);
                    done = now_done;
                }
                let now = Snapshot::of(&sources, &mut news);
                if now != last {
                    break;
                }
                last = now;
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
    let name =
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros().to_string();
    let Outcome { sources, result } = book::build(root, folder, Some(Live { build: &name, token }));
    let read = result.map_err(|defects| defects.to_string()).and_then(|()| {
        Edition::read(folder, name).map_err(|error| format!("cannot read the pages: {error}"))
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

/// Times and lengths of all files that the book depends on.
#[derive(Debug, PartialEq, Eq)]
struct Snapshot(BTreeMap<PathBuf, Option<(SystemTime, u64)>>);

impl Snapshot {
    /// As they are after being watched, so that no change falls between the two.
    fn of(sources: &BTreeSet<PathBuf>, news: &mut News) -> Self {
        let mut files = BTreeMap::new();
        for source in sources {
            news.watch_above(source);
            add(&mut files, source, news);
        }
        Self(files)
    }

    /// Itself, or, when something was written at that time or later, one that no other is equal to.
    fn unless_since(self, start: SystemTime) -> Self {
        let since = start - CLOCK_STEP;
        let written =
            self.0.values().flatten().any(|(time, _)| *time >= since && *time <= SystemTime::now());
        if written { Self(BTreeMap::from([(PathBuf::new(), None)])) } else { self }
    }
}

fn add(files: &mut BTreeMap<PathBuf, Option<(SystemTime, u64)>>, path: &Path, news: &mut News) {
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
