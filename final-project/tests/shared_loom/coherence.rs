//! A copy that was filled beside a write is never taken for true behind it. The database is one word, and Redis another.

use std::time::Duration;

use api_server::coherence::Coherence;
use api_server::trust::Trust;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering::Relaxed};
use loom::thread;

use crate::word::Word;

const USER: u64 = 7;
const OLD: u64 = 0;
const NEW: u64 = 1;

#[test]
fn a_copy_that_counts_as_true_is_true() {
    loom::model(|| {
        let coherence = Arc::new(Coherence::<Word, 1>::default());
        let database = Arc::new(AtomicU64::new(OLD));
        let fill = thread::spawn({
            let (coherence, database) = (Arc::clone(&coherence), Arc::clone(&database));
            move || {
                let count = coherence.read(USER);
                (count, database.load(Relaxed))
            }
        });
        database.store(NEW, Relaxed);
        coherence.invalidate(USER);
        // The write is answered. Whoever reads now must not see what was there before.
        let (count, copy) = fill.join().unwrap();
        if coherence.read(USER) == count {
            assert_eq!(copy, NEW, "the copy was filled before the commit, and counts as true");
        }
    });
}

#[test]
fn what_redis_was_not_told_is_not_asked_of_it() {
    const NOW: Duration = Duration::from_secs(1);
    const TTL: Duration = Duration::from_secs(60);
    loom::model(|| {
        let coherence = Arc::new(Coherence::<Word, 1>::default());
        let trust = Arc::new(Trust::<Word, 1>::default());
        let database = Arc::new(AtomicU64::new(OLD));
        let fill = thread::spawn({
            let (coherence, trust) = (Arc::clone(&coherence), Arc::clone(&trust));
            let database = Arc::clone(&database);
            move || {
                let count = coherence.read(USER);
                // Redis cannot be reached by who writes, and has what was there before.
                let copy = if trust.has(USER, NOW) { OLD } else { database.load(Relaxed) };
                (count, copy)
            }
        });
        database.store(NEW, Relaxed);
        trust.doubt(USER, NOW + TTL);
        coherence.invalidate(USER);
        let (count, copy) = fill.join().unwrap();
        if coherence.read(USER) == count {
            assert_eq!(copy, NEW, "an old copy counts as true");
        }
        assert!(!trust.has(USER, NOW + TTL) && trust.has(USER, NOW + 2 * TTL));
    });
}
