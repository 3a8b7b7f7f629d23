//! Goal: a copy that was filled beside a write is never taken for true behind it, in whatever order the processor makes
//! the accesses visible.
//!
//! Method: loom runs a fill and a write in every order that the memory model allows; the database is one word, and Redis
//! another.
//! Not proven: databases, whose commits order more than a word does.

use std::time::Duration;

use api_server::coherence::Coherence;
use api_server::trust::{Latest, Trust};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering, Ordering::Relaxed};
use loom::thread;
use solution_4_processes::shared::Cell;

/// A word of loom's in the place of the processor's.
#[derive(Default)]
struct Word(AtomicU64);

impl Cell for Word {
    fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    fn store(&self, value: u64, order: Ordering) {
        self.0.store(value, order);
    }

    fn add(&self, value: u64, order: Ordering) -> u64 {
        self.0.fetch_add(value, order)
    }

    fn fence(order: Ordering) {
        loom::sync::atomic::fence(order);
    }
}

impl Latest for Word {
    fn load(&self) -> u64 {
        self.0.load(Relaxed)
    }

    fn raise(&self, value: u64) {
        self.0.fetch_max(value, Relaxed);
    }
}

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
