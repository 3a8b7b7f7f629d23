//! What the reader has done, as the pages get it: read from the workbook and from `.workbook/state.json`, which the
//! terminal, the watch mode and every other live book write too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use xtask::next;
use xtask::state::{State, StateError, Store};
use xtask::workbook::{Exercise, Lesson, Workbook};

/// The memory as it was read last, which every page follows.
#[derive(Debug)]
pub(super) struct Memory {
    root: PathBuf,
    last: watch::Sender<Arc<Value>>,
    /// What became of a file that could not be understood.
    notice: Mutex<Option<String>>,
}

impl Memory {
    /// Read for the first time.
    pub(super) fn new(root: PathBuf) -> Self {
        let last = watch::Sender::new(Arc::new(read(&root, None)));
        Self { root, last, notice: Mutex::new(None) }
    }

    /// The files and folders on which it depends.
    pub(super) fn sources(&self) -> BTreeSet<PathBuf> {
        sources(&self.root)
    }

    /// Tells of every reading, the last one included.
    pub(super) fn follow(&self) -> watch::Receiver<Arc<Value>> {
        self.last.subscribe()
    }

    /// Reads it again.
    pub(super) fn refresh(&self) {
        let notice = self.notice.lock().expect("nothing panics with the lock").clone();
        self.last.send_replace(Arc::new(read(&self.root, notice)));
    }

    /// Changes what is kept, and tells every page at once.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) -> Result<(), StateError> {
        if let Some(set_aside) = Store::new(&self.root).update(change)? {
            let mut notice = self.notice.lock().expect("nothing panics with the lock");
            *notice = Some(set_aside.to_string());
        }
        self.refresh();
        Ok(())
    }
}

/// What pages get, with the same names whatever is wrong; `trouble` says what is.
fn read(root: &Path, notice: Option<String>) -> Value {
    let mut exercises = Map::new();
    let mut next = None;
    let mut trouble = notice;
    let state = Store::new(root).read_understood().unwrap_or_else(|error| {
        trouble = Some(error.to_string());
        State::default()
    });
    match Workbook::load(root) {
        Ok(workbook) => {
            for (lesson, exercise) in workbook.exercises() {
                let told = told_of(&workbook, lesson, exercise, &state);
                exercises.insert(name_of(lesson, exercise), told);
            }
            next = next::exercise(&workbook, &state).map(|(lesson, exercise)| {
                json!({
                    "name": name_of(lesson, exercise),
                    "title": exercise.title,
                    "kind": exercise.kind.to_string(),
                    "minutes": exercise.minutes,
                })
            });
        }
        Err(error) => trouble = Some(error.to_string()),
    }
    json!({
        "root": root,
        "trouble": trouble,
        "exercises": exercises,
        "next": next,
        "answers": state.answers,
        "predictions": state.predictions,
    })
}

fn told_of(workbook: &Workbook, lesson: &Lesson, exercise: &Exercise, state: &State) -> Value {
    let progress = state.exercise(&name_of(lesson, exercise));
    json!({
        "standing": next::standing(workbook, lesson, exercise, state),
        "failing": progress.failing.len(),
        "checks": progress.checks,
        "hints": progress.hints_shown,
        "scores": progress.scores,
        "predicted": progress.predicted,
        "measured": progress.measured,
        "saved": saved(&workbook.root.join(lesson.path()).join(exercise.file())),
    })
}

fn sources(root: &Path) -> BTreeSet<PathBuf> {
    let mut sources = BTreeSet::from([
        root.join("lessons/workbook.toml"),
        Store::new(root).folder().join("state.json"),
    ]);
    if let Ok(workbook) = Workbook::load(root) {
        for (lesson, exercise) in workbook.exercises() {
            let file = root.join(lesson.path()).join(exercise.file());
            sources.insert(file.with_extension(""));
            sources.insert(file);
        }
    }
    sources
}

/// When a file was written last, as a number that changes with it.
fn saved(file: &Path) -> Option<u64> {
    let written = file.metadata().and_then(|data| data.modified()).ok()?;
    let since = written.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_micros()).ok()
}

fn name_of(lesson: &Lesson, exercise: &Exercise) -> String {
    format!("{}/{}", lesson.name(), exercise.id())
}
