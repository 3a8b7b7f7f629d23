//! Users through the cache: from memory where that is still true, else from the database, once for
//! everybody who asks at the same time.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use solution_3_threads::pool::Pool;
use solution_4_processes::shared::Region;
use solution_6_memory::cache::{Bounds, Cache};
use solution_7_sync::flight::Flight;

use crate::board::Board;
use crate::coherence::Count;
use crate::store::{Expected, NewUser, Sqlite, StoreError, Stored};

/// A worker's view of all users.
pub struct Users {
    store: Sqlite,
    board: Arc<Region<Board>>,
    cache: RefCell<Cache<u64, (Count, Rc<Stored>)>>,
    /// Keyed by the count too: who asks after a write does not join a read that began before it.
    loads: Flight<(u64, Count), Result<Rc<Stored>, Rc<StoreError>>>,
}

impl Users {
    /// No user is in memory yet.
    #[must_use]
    pub fn new(store: Sqlite, board: Arc<Region<Board>>, bounds: Bounds) -> Self {
        let cache = RefCell::new(Cache::new(bounds));
        Self { store, board, cache, loads: Flight::new() }
    }

    /// A user from memory, if it is there and has not changed since.
    pub fn cached(&self, id: u64, now: Instant) -> Option<Rc<Stored>> {
        let count = self.board.coherence.read(id);
        let mut cache = self.cache.borrow_mut();
        let (filled, user) = cache.get(&id, now)?;
        if *filled == count {
            return Some(Rc::clone(user));
        }
        cache.remove(&id);
        None
    }

    /// A user from the database, and into memory.
    ///
    /// # Errors
    ///
    /// As [`Sqlite::read`].
    pub async fn load(&self, id: u64) -> Result<Rc<Stored>, Rc<StoreError>> {
        // Before the database is read: a write that comes in between makes this old.
        let count = self.board.coherence.read(id);
        let read = || async move {
            let user = self.store.read(id).await.map(Rc::new).map_err(Rc::new)?;
            let bytes = size_of::<Stored>() + user.name.len() + user.email.len();
            self.cache.borrow_mut().insert(id, (count, Rc::clone(&user)), bytes, Instant::now());
            Ok(user)
        };
        self.loads.load((id, count), read).await
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
