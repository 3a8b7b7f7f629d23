//! Users through the cache: from memory where that is still true, else from the database, once for
//! everybody who asks at the same time.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use solution_3_threads::pool::Pool;
use solution_4_processes::shared::Region;
use solution_6_memory::cache::{Bounds, Cache};
use solution_7_sync::flight::Flight;

use crate::board::Board;
use crate::coherence::Count;
use crate::formats::{Format, UserDocument};
use crate::store::{Expected, NewUser, Sqlite, StoreError, Stored};

/// A worker's view of all users.
pub struct Users {
    store: Sqlite,
    board: Arc<Region<Board>>,
    cache: RefCell<Cache<(u64, Format), (Count, Written)>>,
    /// Keyed by the count too: who asks after a write does not join a read that began before it.
    loads: Flight<(u64, Format, Count), Result<Written, Rc<StoreError>>>,
}

/// A user as it goes out, in one format: nothing is written anew for who asks again.
#[derive(Debug, Clone)]
pub struct Written {
    /// The entity tag, in its quotes.
    pub tag: Bytes,
    /// The document.
    pub document: Bytes,
}

impl Written {
    /// Writes a user.
    #[must_use]
    pub fn new(user: Stored, format: Format) -> Self {
        let tag = tag(user.version, format).into();
        // Boxed, so that no spare room is kept with it.
        let document = format.write(&UserDocument::from(user)).into_boxed_slice();
        Self { tag, document: document.into() }
    }
}

/// The version of a user is its entity tag, with the format: tags are strong, so other bytes have another one.
fn tag(version: u64, format: Format) -> String {
    let letter = match format {
        Format::Json => 'j',
        Format::MessagePack => 'm',
        Format::Protobuf => 'p',
    };
    format!("\"{version}{letter}\"")
}

/// The version in a strong tag of ours, of any format.
#[must_use]
pub fn version(tag: &str) -> Option<u64> {
    let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    inner.strip_suffix(['j', 'm', 'p'])?.parse().ok()
}

impl Users {
    /// No user is in memory yet.
    #[must_use]
    pub fn new(store: Sqlite, board: Arc<Region<Board>>, bounds: Bounds) -> Self {
        let cache = RefCell::new(Cache::new(bounds));
        Self { store, board, cache, loads: Flight::new() }
    }

    /// A user from memory, if it is there and has not changed since.
    pub fn cached(&self, id: u64, format: Format, now: Instant) -> Option<Written> {
        let count = self.board.coherence.read(id);
        let mut cache = self.cache.borrow_mut();
        let (filled, written) = cache.get(&(id, format), now)?;
        if *filled == count {
            return Some(written.clone());
        }
        cache.remove(&(id, format));
        None
    }

    /// A user from the database, and into memory.
    ///
    /// # Errors
    ///
    /// As [`Sqlite::read`].
    pub async fn load(&self, id: u64, format: Format) -> Result<Written, Rc<StoreError>> {
        // Before the database is read: a write that comes in between makes this old.
        let count = self.board.coherence.read(id);
        let read = || async move {
            let written = Written::new(self.store.read(id).await?, format);
            let bytes = size_of::<Written>() + written.tag.len() + written.document.len();
            let (key, value) = ((id, format), (count, written.clone()));
            self.cache.borrow_mut().insert(key, value, bytes, Instant::now());
            Ok(written)
        };
        self.loads.load((id, format, count), read).await
    }

    /// As [`Sqlite::create`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn create(&self, user: NewUser) -> Result<Stored, StoreError> {
        self.store.create(user).await
    }

    /// As [`Sqlite::replace`]. When it returns, every worker sees it.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn replace(
        &self,
        id: u64,
        user: NewUser,
        expected: Expected,
    ) -> Result<Stored, StoreError> {
        self.store.replace(id, user, expected, self.invalidate(id)).await
    }

    /// As [`Sqlite::delete`]. When it returns, every worker sees it.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn delete(&self, id: u64, expected: Expected) -> Result<(), StoreError> {
        self.store.delete(id, expected, self.invalidate(id)).await
    }

    /// What tells all workers that a user has changed. The database's thread calls it behind the commit,
    /// whether or not the client still waits.
    fn invalidate(&self, id: u64) -> impl FnOnce() + Send + 'static {
        let board = Arc::clone(&self.board);
        move || board.coherence.invalidate(id)
    }

    /// As [`Sqlite::list`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn list(&self, after: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.store.list(after, limit).await
    }

    /// The database's pools, to be shut down.
    #[must_use]
    pub fn into_pools(self) -> [Pool; 2] {
        self.store.into_pools()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// As [`Sqlite::ping`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}
