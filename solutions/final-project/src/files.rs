//! Static files, mapped and kept for a second.
//!
//! A file is opened, mapped and read once on a thread of its own, so that a cold disk stops nobody; after
//! that it is served from the map by the event loop. A map is kept for [`KEPT`], so that a file that
//! was replaced appears within that time, and a hot file is opened once a second.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use std::{io, iter};

use solution_3_threads::pool::{Full, Pool};
use solution_5_async_io::offload::{OffloadError, offload};
use solution_6_memory::cache::{Bounds, Cache};
use solution_6_memory::files::{FileError, Found, Mapping, Root, Validators};
use solution_7_sync::flight::Flight;

/// How long a map is kept.
const KEPT: Duration = Duration::from_secs(1);
/// Files that are kept, and their bytes. Pages of the page cache that are mapped take no memory of their own.
const BOUNDS: Bounds = Bounds { items: 1000, bytes: 1 << 30, ttl: KEPT };
/// How much of a file is read before it is served, so that its pages are in memory.
const WARMED_MAX: u64 = 8 << 20;
/// How many files may wait to be opened.
const QUEUE: usize = 256;

/// A file as it is served.
#[derive(Debug)]
pub struct Entry {
    /// An empty file has no pages.
    pub mapping: Option<Rc<Mapping>>,
    length: u64,
    etag: String,
    modified: SystemTime,
}

impl Entry {
    /// What a request's conditions are compared with.
    #[must_use]
    pub fn validators(&self) -> Validators<'_> {
        Validators { length: self.length, etag: &self.etag, modified: self.modified }
    }
}

/// Why there is no file.
#[derive(Debug, Clone)]
pub enum FilesError {
    /// There is none of this name.
    NotFound,
    /// It must not be served.
    Forbidden,
    /// Too many wait to be opened.
    Busy,
    /// The disk, or a limit.
    Failed(Rc<str>),
}

/// The files below a directory.
pub struct Files {
    root: Arc<Root>,
    pool: Pool,
    kept: RefCell<Cache<String, Rc<Entry>>>,
    opening: Flight<String, Result<Rc<Entry>, FilesError>>,
}

impl Files {
    /// Files below `path`.
    ///
    /// # Errors
    ///
    /// There is no such directory, or no thread.
    pub fn open(path: &Path) -> io::Result<Self> {
        let root = Arc::new(Root::open(path)?);
        let pool = Pool::new("files", NonZeroUsize::MIN, QUEUE)?;
        let kept = RefCell::new(Cache::new(BOUNDS));
        Ok(Self { root, pool, kept, opening: Flight::new() })
    }

    /// A file that is kept.
    pub fn kept(&self, name: &str, now: Instant) -> Option<Rc<Entry>> {
        self.kept.borrow_mut().get(name, now).cloned()
    }

    /// Opens a file, and keeps it.
    ///
    /// # Errors
    ///
    /// [`FilesError`].
    pub async fn load(&self, name: &str) -> Result<Rc<Entry>, FilesError> {
        let load = || async {
            let (root, path) = (Arc::clone(&self.root), name.to_owned());
            let submit = |job| self.pool.try_submit(job).map_err(|Full(job)| job);
            let opened = offload(submit, move |_| Some(open(&root, &path))).await;
            let entry = match opened {
                Ok(opened) => Rc::new(opened?.into()),
                Err(OffloadError::Full) => return Err(FilesError::Busy),
                Err(OffloadError::Failed) => return Err(FilesError::Failed("a panic".into())),
            };
            let bytes = Opened::bytes(&entry);
            self.kept.borrow_mut().insert(
                name.to_owned(),
                Rc::clone(&entry),
                bytes,
                Instant::now(),
            );
            Ok(entry)
        };
        self.opening.load(name.to_owned(), load).await
    }

    /// The pool, to be shut down.
    #[must_use]
    pub fn into_pool(self) -> Pool {
        self.pool
    }
}

/// What comes from the thread.
struct Opened {
    mapping: Option<Mapping>,
    length: u64,
    etag: String,
    modified: SystemTime,
}

impl Opened {
    fn bytes(entry: &Entry) -> usize {
        usize::try_from(entry.length).unwrap_or(usize::MAX)
    }
}

impl From<Opened> for Entry {
    fn from(opened: Opened) -> Self {
        let Opened { mapping, length, etag, modified } = opened;
        Self { mapping: mapping.map(Rc::new), length, etag, modified }
    }
}

/// What can be sent between threads of [`FilesError`].
enum OpenError {
    NotFound,
    Forbidden,
    Failed(String),
}

impl From<OpenError> for FilesError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotFound => Self::NotFound,
            OpenError::Forbidden => Self::Forbidden,
            OpenError::Failed(cause) => Self::Failed(cause.into()),
        }
    }
}

fn open(root: &Root, name: &str) -> Result<Opened, OpenError> {
    let found = root.find(name).map_err(|error| match error {
        FileError::NotFound => OpenError::NotFound,
        FileError::Forbidden => OpenError::Forbidden,
        FileError::Io(cause) => OpenError::Failed(cause.to_string()),
    })?;
    let failed = |cause: io::Error| OpenError::Failed(cause.to_string());
    warm(&found).map_err(failed)?;
    let mapping = if found.length() == 0 { None } else { Some(found.map().map_err(failed)?) };
    let (length, etag) = (found.length(), found.etag().to_owned());
    Ok(Opened { mapping, length, etag, modified: found.modified() })
}

/// Reads the beginning of the file, which brings it into the page cache.
fn warm(found: &Found) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut offset = 0;
    let reads = iter::from_fn(|| {
        let read = found.read_at(&mut buffer, offset);
        offset += *read.as_ref().unwrap_or(&0) as u64;
        Some(read)
    });
    for read in reads.take((WARMED_MAX / (64 * 1024)) as usize) {
        if read? == 0 {
            break;
        }
    }
    Ok(())
}
