//! Static files, mapped and kept for a second.
//!
//! A file is opened, mapped and brought into memory on a thread of its own, so that a cold disk stops nobody; after
//! that it is served from the map by the event loop. A map is kept for [`KEPT`], so that a file that
//! was replaced appears within that time, and a hot file is opened once a second.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rustix::io::Errno;
use solution_3_threads::pool::{Full, Pool};
use solution_5_async_io::offload::{Asker, OffloadError, offload};
use solution_6_memory::budget::{Admission, Budget};
use solution_6_memory::buffers::Buffers;
use solution_6_memory::cache::{Bounds, Cache};
use solution_6_memory::files::{FileError, Mapping, Root, Validators};
use solution_7_sync::flight::Flight;
use tokio::time::timeout;

use crate::log::Log;

mod pages;

pub use pages::{Pages, Window};
use pages::{READ, WINDOW};

/// How long a map is kept.
const KEPT: Duration = Duration::from_secs(1);
/// Files that are kept, and their bytes. Pages of the page cache that are mapped take no memory of their own; each file
/// takes a descriptor.
const BOUNDS: Bounds = Bounds { items: KEPT_MAX, bytes: 1 << 30, ttl: KEPT };
/// How many files are kept open.
pub const KEPT_MAX: usize = 100;
/// How many files may wait to be opened, or to be brought.
const QUEUE: usize = 256;
/// How long a part of a file may take to come, the connection's turn not included: many that are sent at the same time
/// wait for each other on a slow disk.
const BRING_MAX: Duration = Duration::from_secs(60);
/// How many buffers one connection may have: one is sent while the next is read, for two answers.
const SHARE: usize = 4;
/// How many connections' shares are kept before they are looked through.
const SHARES_KEPT: usize = 1000;

/// A file as it is served.
#[derive(Debug)]
pub struct Entry {
    /// An empty file has no pages.
    mapping: Option<Arc<Mapping>>,
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

    /// A part of it, to be sent: mapped, or copied for a connection for which this process must look at it.
    #[must_use]
    pub fn pages(
        &self,
        files: &Rc<Files>,
        part: Range<u64>,
        copied_for: Option<u64>,
    ) -> Option<Pages> {
        let mapping = Arc::clone(self.mapping.as_ref()?);
        // It is mapped, so its length is a `usize`.
        let part = part.start as usize..part.end as usize;
        Some(Pages::new(Rc::clone(files), mapping, part, copied_for))
    }
}

/// Why there is no file.
#[derive(Debug, Clone)]
pub enum FilesError {
    /// There is none of this name.
    NotFound,
    /// It must not be served.
    Forbidden,
    /// Too many wait to be opened, or too many are open.
    Busy,
    /// The disk, or a limit.
    Failed(String),
}

/// The files below a directory.
pub struct Files {
    root: Arc<Root>,
    pool: Pool,
    /// For those who must look at what they send, and as many places as there are buffers.
    buffers: Buffers,
    room: Budget,
    /// The places in the thread's queue, each for as long as there is work in it, wanted or not: half of them are for files
    /// that are still to be opened, which are refused; for the other half, who has begun an answer waits.
    openings: Budget,
    places: Budget,
    /// The buffers of each connection that has some: HTTP/2 asks for all its streams at once, and for those that cannot be
    /// sent, too.
    shares: RefCell<HashMap<u64, Budget>>,
    kept: RefCell<Cache<String, Rc<Entry>>>,
    opening: Flight<String, Result<Rc<Entry>, FilesError>>,
    log: Arc<Log>,
}

impl Files {
    /// Files below `path`; what has to be copied on its way takes at most `bytes` of memory. What goes wrong behind the
    /// beginning of an answer stands in `log`.
    ///
    /// # Errors
    ///
    /// There is no such directory, or no thread.
    pub fn open(path: &Path, bytes: usize, log: Arc<Log>) -> io::Result<Self> {
        let root = Arc::new(Root::open(path)?);
        let pool = Pool::new("files", NonZeroUsize::MIN, QUEUE)?;
        let copies = (bytes / READ).max(1);
        let (buffers, room) = (Buffers::new(READ, copies), Budget::new(copies, usize::MAX));
        Ok(Self {
            root,
            pool,
            buffers,
            room,
            openings: Budget::new(QUEUE / 2, 0),
            places: Budget::new(QUEUE / 2, usize::MAX),
            shares: RefCell::default(),
            kept: RefCell::new(Cache::new(BOUNDS)),
            opening: Flight::new(),
            log,
        })
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
            let place = self.openings.try_admit(1).map_err(|_| FilesError::Busy)?;
            let submit = |job| self.pool.try_submit(job).map_err(|Full(job)| job);
            let work = move |_: &Asker<'_, _>| {
                let _place = place;
                Some(open(&root, &path))
            };
            let opened = offload(submit, work).await;
            let entry = match opened {
                Ok(opened) => Rc::new(opened?),
                Err(OffloadError::Full) => return Err(FilesError::Busy),
                Err(OffloadError::Failed) => return Err(FilesError::Failed("a panic".into())),
            };
            let (kept, bytes) = (Rc::clone(&entry), entry.length as usize);
            self.kept.borrow_mut().insert(name.to_owned(), kept, bytes, Instant::now());
            Ok(entry)
        };
        self.opening.load(name.to_owned(), load).await
    }

    /// Brings a part of a file into memory.
    async fn bring(
        self: Rc<Self>,
        mapping: Arc<Mapping>,
        part: Range<usize>,
    ) -> io::Result<Window> {
        in_time(self.bring_late(mapping, part)).await
    }

    async fn bring_late(
        self: Rc<Self>,
        mapping: Arc<Mapping>,
        part: Range<usize>,
    ) -> io::Result<Window> {
        let place = self.places.admit(1).await.map_err(io::Error::other)?;
        let submit = |job| self.pool.try_submit(job).map_err(|Full(job)| job);
        let brought = offload(submit, move |_| {
            let _place = place;
            let populated = mapping.populate(part.clone());
            Some(populated.map(|()| Window::Mapped { mapping, part }))
        });
        brought.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Reads a part of a file into a buffer, when there is one for this connection.
    async fn copy(
        self: Rc<Self>,
        mapping: Arc<Mapping>,
        part: Range<usize>,
        connection: u64,
    ) -> io::Result<Window> {
        // What its own answers still have, its client has not taken yet: there are other limits for that.
        let share = self.share(connection);
        let share = share.admit(1).await.map_err(io::Error::other)?;
        in_time(self.copy_late(mapping, part, share)).await
    }

    async fn copy_late(
        &self,
        mapping: Arc<Mapping>,
        part: Range<usize>,
        share: Admission,
    ) -> io::Result<Window> {
        let room = self.room.admit(1).await.map_err(io::Error::other)?;
        let place = self.places.admit(1).await.map_err(io::Error::other)?;
        let mut buffer = self.buffers.take().ok_or(io::ErrorKind::OutOfMemory)?;
        let mut part = part.start as u64..part.end as u64;
        let submit = |job| self.pool.try_submit(job).map_err(|Full(job)| job);
        let read = offload(submit, move |_| {
            let _place = place;
            let filled = buffer.fill(mapping.file(), &mut part);
            Some(filled.map(|()| Window::Read { buffer, room: [room, share] }))
        });
        read.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// What a connection may have of the buffers. Those that nobody uses any more are forgotten when there are many.
    fn share(&self, connection: u64) -> Budget {
        let mut shares = self.shares.borrow_mut();
        if shares.len() > SHARES_KEPT {
            shares.retain(|_, share| share.used() + share.waiting() > 0);
        }
        shares.entry(connection).or_insert_with(|| Budget::new(SHARE, usize::MAX)).clone()
    }

    /// Frees the buffers when nobody needs any, and says whether there were some. Called now and then.
    pub fn trim(&self) -> bool {
        let idle = self.buffers.out() == 0 && self.buffers.idle() > 0;
        if idle {
            self.buffers.trim(0);
        }
        idle
    }

    /// The pool, to be shut down.
    #[must_use]
    pub fn into_pool(self) -> Pool {
        self.pool
    }
}

/// Who waits for the disk, or for buffers that others hold, does not wait for ever.
async fn in_time(window: impl Future<Output = io::Result<Window>>) -> io::Result<Window> {
    timeout(BRING_MAX, window).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn open(root: &Root, name: &str) -> Result<Entry, FilesError> {
    let found = root.find(name).map_err(|error| match error {
        FileError::NotFound => FilesError::NotFound,
        FileError::Forbidden => FilesError::Forbidden,
        FileError::Io(cause) => cause.into(),
    })?;
    let mapping = if found.length() == 0 { None } else { Some(Arc::new(found.map()?)) };
    if let Some(mapping) = &mapping {
        mapping.populate(0..mapping.len().min(WINDOW))?;
    }
    let etag = found.etag().to_owned();
    Ok(Entry { mapping, length: found.length(), etag, modified: found.modified() })
}

impl From<io::Error> for FilesError {
    fn from(cause: io::Error) -> Self {
        match Errno::from_io_error(&cause) {
            Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => Self::Busy,
            None if cause.kind() == io::ErrorKind::TimedOut => Self::Busy,
            _ => Self::Failed(cause.to_string()),
        }
    }
}
