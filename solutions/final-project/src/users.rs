//! Users through two caches: from memory where that is still true, else from Redis, else from the database, once for
//! everybody who asks at the same time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use solution_3_threads::pool::Pool;
use solution_4_processes::shared::{Place, Region};
use solution_6_memory::cache::{Bounds, Cache, Statistics};
use solution_7_sync::breaker::State;
use solution_7_sync::flight::Flight;

use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::board::Board;
use crate::clock;
use crate::coherence::Count;
use crate::database::Database;
use crate::formats::{Format, UserDocument};
use crate::l2::{Found, L2};
use crate::observe::trace::{Recording, Work};
use crate::remote::Unanswered;
use crate::store::{Expected, NewUser, StoreError, Stored};

/// A worker's view of all users.
pub struct Users {
    database: Database,
    l2: Option<L2>,
    frozen: Cell<bool>,
    board: Arc<Region<Board>>,
    place: Place,
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
    /// No user is in memory yet. What happens is counted in this place of the board.
    #[must_use]
    pub fn new(
        database: Database,
        l2: Option<L2>,
        (board, place): (Arc<Region<Board>>, Place),
        bounds: Bounds,
    ) -> Self {
        let cache = RefCell::new(Cache::new(bounds));
        Self { database, l2, frozen: Cell::new(false), board, place, cache, loads: Flight::new() }
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
    pub async fn load(
        self: &Rc<Self>,
        id: u64,
        format: Format,
        recording: &Recording,
    ) -> Result<Written, Rc<StoreError>> {
        // Before anything is read: a write that comes in between makes this old.
        let count = self.board.coherence.read(id);
        let read = || async move {
            let written = Written::new(self.read(id, recording).await?, format);
            let bytes = size_of::<Written>() + written.tag.len() + written.document.len();
            let (key, value) = ((id, format), (count, written.clone()));
            self.cache.borrow_mut().insert(key, value, bytes, Instant::now());
            Ok(written)
        };
        self.loads.load((id, format, count), read).await
    }

    /// Who is not in Redis comes from the database, and into Redis; nobody waits for the latter.
    async fn read(self: &Rc<Self>, id: u64, recording: &Recording) -> Result<Stored, StoreError> {
        let mut lease = None;
        if self.board.trust.has(id, clock::now())
            && let Some((l2, database)) = self.l2()
        {
            let doing = recording.span(Work::CacheGet);
            let found = l2.get(&database, id).await;
            doing.end(found.is_err());
            let numbers = self.board.lives.place(self.place);
            match found {
                Ok(Found::User(_) | Found::Deleted) => numbers.l2_hits.add(1),
                _ => numbers.l2_misses.add(1),
            }
            match found {
                Ok(Found::User(user)) => return Ok(user),
                Ok(Found::Deleted) => return Err(StoreError::NotFound),
                Ok(Found::Leased(its)) => lease = Some((database, its)),
                Ok(Found::Nothing) | Err(Unanswered(_)) => {}
            }
        }
        let user = asked(recording, self.database.read(id)).await?;
        if let Some((database, lease)) = lease {
            let (users, user, recording) = (Rc::clone(self), user.clone(), recording.clone());
            spawn_local(async move {
                let doing = recording.span(Work::CacheSet);
                let filled = users.l2.as_ref()?.fill(&database, lease, &user).await;
                doing.end(filled.is_err());
                Some(())
            });
        }
        Ok(user)
    }

    /// The second-level cache, when it is known which database's users are to be in it.
    fn l2(&self) -> Option<(&L2, Rc<str>)> {
        Some((self.l2.as_ref()?, self.database.name()?))
    }

    /// As [`Database::create`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn create(
        self: Rc<Self>,
        user: NewUser,
        recording: Recording,
    ) -> Result<Stored, StoreError> {
        self.may_write()?;
        finished(async move { asked(&recording, self.database.create(user)).await }).await
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
        recording: Recording,
    ) -> Result<Stored, StoreError> {
        self.may_write()?;
        finished(async move {
            let replaced = asked(&recording, self.database.replace(id, user, expected)).await;
            match &replaced {
                Ok(user) => {
                    let tell = async |l2: &L2, name: &str| l2.write(name, user).await;
                    self.announce(id, tell, &recording).await;
                }
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
    pub async fn delete(
        self: Rc<Self>,
        id: u64,
        expected: Expected,
        recording: Recording,
    ) -> Result<(), StoreError> {
        self.may_write()?;
        finished(async move {
            let deleted = asked(&recording, self.database.delete(id, expected)).await;
            match &deleted {
                Ok(last) => {
                    let tell = async |l2: &L2, name: &str| l2.bury(name, id, *last).await;
                    self.announce(id, tell, &recording).await;
                }
                Err(error) => self.suspect(id, error),
            }
            deleted.map(|_| ())
        })
        .await
    }

    /// A user has changed: no copy of the old one may be read from here on.
    async fn announce(
        &self,
        id: u64,
        tell: impl AsyncFnOnce(&L2, &str) -> Result<(), Unanswered>,
        recording: &Recording,
    ) {
        let told = match self.l2() {
            Some((l2, database)) => {
                let doing = recording.span(Work::CacheSet);
                let told = tell(l2, &database).await.is_ok();
                doing.end(!told);
                told
            }
            None => false,
        };
        if !told && let Some(l2) = &self.l2 {
            self.board.trust.doubt(id, clock::now() + l2.times().doubt());
        }
        self.board.coherence.invalidate(id);
    }

    /// A write has failed. If somebody else was faster, copies of the user may be old; if nobody knows whether it has failed,
    /// the user may change until the database has given it up.
    fn suspect(self: &Rc<Self>, id: u64, error: &StoreError) {
        match error {
            StoreError::Busy
            | StoreError::Resting(_)
            | StoreError::EmailTaken
            | StoreError::QueueFull => return,
            StoreError::NotFound | StoreError::Changed(_) => {
                self.board.coherence.invalidate(id);
                return;
            }
            StoreError::Late | StoreError::Failed(_) => {}
        }
        let late = self.database.gives_up_after();
        if let Some(l2) = &self.l2 {
            self.board.trust.doubt(id, clock::now() + late + l2.times().doubt());
        }
        self.board.coherence.invalidate(id);
        let users = Rc::clone(self);
        spawn_local(async move {
            sleep(late).await;
            users.board.coherence.invalidate(id);
        });
    }

    /// From now on nothing is written: another server may be at work, which does not hear of it.
    pub fn freeze(&self) {
        self.frozen.set(true);
    }

    fn may_write(&self) -> Result<(), StoreError> {
        if self.frozen.get() { Err(StoreError::Resting(Duration::from_secs(1))) } else { Ok(()) }
    }

    /// As [`Database::list`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn list(
        &self,
        after: u64,
        limit: usize,
        recording: &Recording,
    ) -> Result<Vec<Stored>, StoreError> {
        asked(recording, self.database.list(after, limit)).await
    }

    /// What users come from.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// What is in memory.
    #[must_use]
    pub fn cache_statistics(&self) -> Statistics {
        self.cache.borrow().statistics()
    }

    /// How the breaker before the second-level cache stands, if there is one.
    #[must_use]
    pub fn l2_state(&self) -> Option<State> {
        Some(self.l2.as_ref()?.state())
    }

    /// Whether the second-level cache answers, if there is one.
    pub async fn ping_l2(&self) -> Option<bool> {
        Some(self.l2.as_ref()?.ping().await.is_ok())
    }

    /// The database's threads, to be shut down.
    #[must_use]
    pub fn into_pools(self) -> Vec<Pool> {
        self.database.into_pools()
    }
}

/// Asks the database, and records that.
async fn asked<T>(
    recording: &Recording,
    question: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let doing = recording.span(Work::DbQuery);
    let answer = question.await;
    doing.end(answer.as_ref().is_err_and(StoreError::is_failure));
    answer
}

/// Goes on to the end whether or not the client still waits: who begins a write must also announce it.
async fn finished<T: 'static>(
    write: impl Future<Output = Result<T, StoreError>> + 'static,
) -> Result<T, StoreError> {
    let broken = |_| Err(StoreError::Failed("a write was not finished".to_owned()));
    spawn_local(write).await.unwrap_or_else(broken)
}
