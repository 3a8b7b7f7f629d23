//! Users through two caches: from memory where that is still true, else from Redis, else from the database, once for
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

use tokio::task::spawn_local;

use crate::board::Board;
use crate::clock;
use crate::coherence::Count;
use crate::database::Database;
use crate::formats::{Format, UserDocument};
use crate::l2::{Kept, L2, Unanswered};
use crate::store::{Expected, NewUser, StoreError, Stored};

/// A worker's view of all users.
pub struct Users {
    database: Database,
    l2: Option<L2>,
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
    pub fn new(
        database: Database,
        l2: Option<L2>,
        board: Arc<Region<Board>>,
        bounds: Bounds,
    ) -> Self {
        let cache = RefCell::new(Cache::new(bounds));
        Self { database, l2, board, cache, loads: Flight::new() }
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

    /// A user from the second-level cache or the database, and into memory.
    ///
    /// # Errors
    ///
    /// As [`Database::read`].
    pub async fn load(self: &Rc<Self>, id: u64, format: Format) -> Result<Written, Rc<StoreError>> {
        // Before anything is read: a write that comes in between makes this old.
        let count = self.board.coherence.read(id);
        let read = || async move {
            let written = Written::new(self.read(id).await?, format);
            let bytes = size_of::<Written>() + written.tag.len() + written.document.len();
            let (key, value) = ((id, format), (count, written.clone()));
            self.cache.borrow_mut().insert(key, value, bytes, Instant::now());
            Ok(written)
        };
        self.loads.load((id, format, count), read).await
    }

    /// Who is not in Redis comes from the database, and into Redis; nobody waits for the latter.
    async fn read(self: &Rc<Self>, id: u64) -> Result<Stored, StoreError> {
        let l2 = self.l2.as_ref().filter(|_| self.board.trust.has(id, clock::now()));
        if let Some(l2) = l2 {
            match l2.get(id).await {
                Ok(Some(Kept::User(user))) => return Ok(user),
                Ok(Some(Kept::Deleted)) => return Err(StoreError::NotFound),
                Ok(None) | Err(Unanswered(_)) => {}
            }
        }
        let user = self.database.read(id).await?;
        if self.l2.is_some() {
            let (users, user) = (Rc::clone(self), user.clone());
            spawn_local(async move { users.l2.as_ref()?.keep(&user).await.ok() });
        }
        Ok(user)
    }

    /// As [`Database::create`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn create(self: Rc<Self>, user: NewUser) -> Result<Stored, StoreError> {
        finished(async move { self.database.create(user).await }).await
    }

    /// As [`Database::replace`]. When it returns, every worker of this host sees it.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn replace(
        self: Rc<Self>,
        id: u64,
        user: NewUser,
        expected: Expected,
    ) -> Result<Stored, StoreError> {
        finished(async move {
            let replaced = self.database.replace(id, user, expected).await;
            match &replaced {
                Ok(user) => self.announce(id, async |l2| l2.keep(user).await).await,
                Err(error) => self.suspect(id, error),
            }
            replaced
        })
        .await
    }

    /// As [`Database::delete`]. When it returns, every worker of this host sees it.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn delete(self: Rc<Self>, id: u64, expected: Expected) -> Result<(), StoreError> {
        finished(async move {
            let deleted = self.database.delete(id, expected).await;
            match &deleted {
                Ok(version) => self.announce(id, async |l2| l2.bury(id, *version).await).await,
                Err(error) => self.suspect(id, error),
            }
            deleted.map(|_| ())
        })
        .await
    }

    /// A user has changed: no copy of the old one may be read from here on.
    async fn announce(&self, id: u64, tell: impl AsyncFnOnce(&L2) -> Result<(), Unanswered>) {
        if let Some(l2) = &self.l2
            && tell(l2).await.is_err()
        {
            self.board.trust.doubt(id, clock::now() + l2.ttl());
        }
        self.board.coherence.invalidate(id);
    }

    /// A user may have changed, although the write has failed.
    fn suspect(&self, id: u64, error: &StoreError) {
        if error.is_failure() {
            if let Some(l2) = &self.l2 {
                self.board.trust.doubt(id, clock::now() + l2.ttl());
            }
            self.board.coherence.invalidate(id);
        }
    }

    /// As [`Database::list`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn list(&self, after: u64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        self.database.list(after, limit).await
    }

    /// What users come from.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The second-level cache, if there is one.
    #[must_use]
    pub fn l2(&self) -> Option<&L2> {
        self.l2.as_ref()
    }

    /// The database's threads, to be shut down.
    #[must_use]
    pub fn into_pools(self) -> Vec<Pool> {
        self.database.into_pools()
    }
}

/// Goes on to the end whether or not the client still waits: who begins a write must also announce it.
async fn finished<T: 'static>(
    write: impl Future<Output = Result<T, StoreError>> + 'static,
) -> Result<T, StoreError> {
    let broken = |_| Err(StoreError::Failed("a write was not finished".to_owned()));
    spawn_local(write).await.unwrap_or_else(broken)
}
