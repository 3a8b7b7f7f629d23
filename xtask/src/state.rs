//! Progress: what passed, what was shown, what was predicted. One file, `.workbook/state.json`, which the terminal, the
//! watch mode and the book share.
//!
//! Every change is made under a lock and written in one step. A file that cannot be understood is set aside, never
//! replaced; one of a newer runner is left alone, and nothing is recorded.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{error, fmt, thread};

use serde::{Deserialize, Serialize};

use crate::write;

/// The version of the file's format. A runner writes no file of a higher one.
const SCHEMA: u32 = 1;

/// How long a runner waits for another to finish writing.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(5);

/// How many scores of an exercise are kept.
const SCORES_MAX: usize = 50;

/// Everything that is remembered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    schema: u32,
    /// By the name that the reader types: `lesson-1/frame`.
    pub exercises: BTreeMap<String, Progress>,
    /// Answers to the book's questions, by the question's name: `lesson-1/echo/zero`.
    pub answers: BTreeMap<String, Answer>,
    /// Numbers that were predicted in the book, by the prediction's name: `lesson-1/segments`.
    pub predictions: BTreeMap<String, Prediction>,
    /// What a runner of the same schema wrote that this one does not know.
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// What is remembered of one exercise.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// The last time that it passed.
    pub passed: Option<Passed>,
    /// The tests that failed last; they run first.
    pub failing: Vec<String>,
    /// How many checks there were.
    pub checks: u32,
    /// How many hints were shown.
    pub hints_shown: usize,
    /// Benchmark results, the oldest first.
    pub scores: Vec<Score>,
    /// The number that the reader wrote down before it was measured.
    pub predicted: Option<f64>,
    /// What was measured then.
    pub measured: Option<f64>,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// An answer to one of the book's questions: the last one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Seconds since 1970.
    pub at: u64,
    /// What was chosen, in the order in which it was put.
    pub answer: Vec<String>,
    /// Whether it was right.
    pub right: bool,
    /// How many answers there were, this one included.
    pub tries: u32,
}

/// A number that was written down before it was shown: the first one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Prediction {
    /// Seconds since 1970.
    pub at: u64,
    /// The number.
    pub number: f64,
}

/// A pass, and of what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Passed {
    /// Seconds since 1970.
    pub at: u64,
    /// The digest of the learner's files.
    pub sources: String,
}

/// One benchmark result: 0 is the naive version, 1 the reference.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Score {
    /// Seconds since 1970.
    pub at: u64,
    /// The share of the reference's gain.
    pub score: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl State {
    /// What is remembered of an exercise; of an unknown one, nothing.
    #[must_use]
    pub fn exercise(&self, name: &str) -> Progress {
        self.exercises.get(name).cloned().unwrap_or_default()
    }
}

impl Progress {
    /// Adds a score and forgets the oldest when there are too many.
    pub fn add_score(&mut self, score: Score) {
        self.scores.push(score);
        let surplus = self.scores.len().saturating_sub(SCORES_MAX);
        self.scores.drain(..surplus);
    }

    /// The best score so far.
    #[must_use]
    pub fn best_score(&self) -> Option<f64> {
        self.scores.iter().map(|score| score.score).reduce(f64::max)
    }
}

/// Why nothing could be read or recorded.
#[derive(Debug)]
pub enum StateError {
    /// The file was written by a newer runner.
    Newer(PathBuf, u64),
    /// The file is damaged.
    NotUnderstood(PathBuf),
    /// Another runner holds the lock.
    Busy(PathBuf),
    /// The file system said no.
    Io(PathBuf, io::Error),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(path, schema) => write!(
                f,
                "`{}` was written by a newer runner (schema {schema}, this one knows {SCHEMA}): it is left alone",
                path.display()
            ),
            Self::NotUnderstood(path) => write!(
                f,
                "`{}` cannot be understood: the next thing that is kept sets it aside, and progress begins anew",
                path.display()
            ),
            Self::Busy(path) => {
                let seconds = LOCK_WAIT_MAX.as_secs();
                write!(f, "another runner held `{}` for {seconds} s", path.display())
            }
            Self::Io(path, _) => write!(f, "cannot use `{}`", path.display()),
        }
    }
}

impl error::Error for StateError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            Self::Newer(..) | Self::NotUnderstood(_) | Self::Busy(_) => None,
        }
    }
}

/// A file that could not be understood, under its new name.
#[derive(Debug)]
pub struct SetAside(PathBuf);

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.display();
        write!(
            f,
            "`.workbook/state.json` could not be understood: it is now `{path}`, and progress begins anew"
        )
    }
}

/// The folder `.workbook/` of a workspace.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// Holds the workbook's lock until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Store {
    /// The store of the workspace at `root`; nothing is touched yet.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { folder: root.join(".workbook") }
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self) -> PathBuf {
        self.folder.join("state.json")
    }

    /// Waits for the lock, at most five seconds.
    ///
    /// # Errors
    ///
    /// [`StateError::Busy`], or [`StateError::Io`] when the folder cannot be made.
    pub fn lock(&self) -> Result<Lock, StateError> {
        let path = self.folder.join("lock");
        let io = |error| StateError::Io(path.clone(), error);
        fs::create_dir_all(&self.folder).map_err(io)?;
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(io)?;
        let deadline = Instant::now() + LOCK_WAIT_MAX;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::Error(error)) => return Err(io(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(StateError::Busy(path));
                }
                // The other holds it for the time of one small write.
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// What is remembered; nothing when there is no file, or one that cannot be understood.
    ///
    /// # Errors
    ///
    /// [`StateError::Newer`], or [`StateError::Io`] when there is a file that cannot be read.
    pub fn read(&self) -> Result<State, StateError> {
        Ok(self.read_file()?.unwrap_or_default())
    }

    /// The same for who shows it: a file that cannot be understood is no empty one.
    ///
    /// # Errors
    ///
    /// As [`Store::read`], and [`StateError::NotUnderstood`].
    pub fn read_understood(&self) -> Result<State, StateError> {
        self.read_file()?.ok_or_else(|| StateError::NotUnderstood(self.file()))
    }

    /// `None` when the file cannot be understood.
    fn read_file(&self) -> Result<Option<State>, StateError> {
        let path = self.file();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some(State::default()));
            }
            Err(error) => return Err(StateError::Io(path, error)),
        };
        // The version alone first: a newer file need not have this one's shape.
        #[derive(Deserialize)]
        struct Version {
            schema: u64,
        }
        match serde_json::from_slice::<Version>(&text) {
            Ok(Version { schema }) if schema > u64::from(SCHEMA) => {
                Err(StateError::Newer(path, schema))
            }
            Ok(_) => Ok(serde_json::from_slice(&text).ok()),
            Err(_) => Ok(None),
        }
    }

    /// Changes what is remembered. A file that cannot be understood is set aside first, which the caller is to say.
    ///
    /// # Errors
    ///
    /// As [`Store::lock`] and [`Store::read`], and when the file cannot be written: the old one is then as it was.
    pub fn update(&self, change: impl FnOnce(&mut State)) -> Result<Option<SetAside>, StateError> {
        let _lock = self.lock()?;
        let (mut state, set_aside) = match self.read_file()? {
            Some(state) => (state, None),
            None => (State::default(), Some(self.set_aside()?)),
        };
        state.schema = SCHEMA;
        change(&mut state);
        let mut text = serde_json::to_vec_pretty(&state).expect("the state has string keys only");
        text.push(b'\n');
        let path = self.file();
        write::atomically(&path, &text).map_err(|error| StateError::Io(path, error))?;
        Ok(set_aside)
    }

    fn set_aside(&self) -> Result<SetAside, StateError> {
        let path = self.file();
        let mut names = (now()..).map(|time| format!("state.json.unreadable-{time}"));
        let free = names.find_map(|name| {
            let aside = self.folder.join(name);
            (!aside.exists()).then_some(aside)
        });
        let aside = free.expect("there are more names than files");
        fs::rename(&path, &aside).map_err(|error| StateError::Io(path, error))?;
        Ok(SetAside(aside))
    }
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
