//! Goal: each operation on a key happens in one step, whoever else is at it; and only who wants the same shard waits.
//!
//! Method: small histories of two threads, each of which must have an order that a plain map could have had; many threads
//! that count; a hasher that the test knows.
//! Not proven: that no other history goes wrong; that keys are spread well; and speed (the benchmark).

#[path = "sharded/history.rs"]
mod history;

use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use sync::sharded::Sharded;
use witness::rendezvous::Rendezvous;

#[test]
fn it_is_a_map() {
    let map = Sharded::new(4);
    assert!(map.is_empty());
    assert_eq!(map.insert("ada".to_owned(), 1), None);
    assert_eq!(map.insert("ada".to_owned(), 2), Some(1));
    assert_eq!((map.get("ada"), map.get("grace")), (Some(2), None));
    assert_eq!((map.len(), map.is_empty()), (1, false));
    assert_eq!((map.remove("ada"), map.remove("ada"), map.len()), (Some(2), None, 0));
}

#[test]
fn an_update_sees_and_replaces_what_is_there() {
    let map = Sharded::new(4);
    map.update("ada", |before| {
        assert_eq!(before, None, "nothing was there");
        Some(1)
    });
    map.update("ada", |before| before.map(|number| number + 1));
    assert_eq!(map.get("ada"), Some(2));
    map.update("ada", |_| None);
    assert_eq!((map.get("ada"), map.len()), (None, 0));
    map.update("ada", |_| None);
    assert_eq!(map.len(), 0, "nothing in the place of nothing");
}

#[test]
fn updates_of_one_key_at_the_same_time_all_count() {
    const EACH: u64 = 5_000;
    let map = Sharded::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    map.update("hits", |hits: Option<u64>| Some(hits.unwrap_or(0) + 1));
                }
            });
        }
    });
    assert_eq!(map.get("hits"), Some(4 * EACH), "of {} updates some were lost", 4 * EACH);
}

/// Eight threads are each within an update of a key of their own. It ends only if none of them waits for another one.
#[test]
fn different_shards_do_not_wait_for_each_other() {
    const SHARDS: usize = 8;
    let map = Sharded::with_hasher(SHARDS, Known);
    let all_within = Rendezvous::of(SHARDS);
    thread::scope(|scope| {
        for shard in 0..SHARDS as u64 {
            let (map, all_within) = (&map, &all_within);
            scope.spawn(move || {
                map.update(shard << 32, |_: Option<()>| {
                    all_within
                        .meet()
                        .expect("keys whose hashes differ from bit 32 on are in other shards");
                    None
                });
            });
        }
    });
}

#[test]
fn a_panic_in_an_update_does_not_close_the_shard() {
    let map = Sharded::new(1);
    map.insert("grace", 1);
    let panicked = catch_unwind(AssertUnwindSafe(|| map.update("ada", |_| panic!("on purpose"))));
    assert!(panicked.is_err());
    assert_eq!((map.get("ada"), map.get("grace")), (None, Some(1)));
}

#[test]
fn shards_are_apart_from_each_other() {
    let (one, two) = (footprint(1), footprint(2));
    assert!(
        two - one >= 64,
        "a second shard takes {} bytes: both locks lie in one cache line",
        two - one
    );
}

/// How many bytes of the allocator an empty map with so many shards has.
fn footprint(shards: usize) -> usize {
    let (_map, counts) = witness::allocations::counted(|| Sharded::<u64, u64>::new(shards));
    counts.bytes
}

#[global_allocator]
static ALLOCATOR: witness::allocations::CountingAllocator = witness::allocations::CountingAllocator;

#[test]
fn a_copy_is_made_under_the_lock_and_nothing_of_it_stays() {
    let map = Sharded::new(2);
    let value = Arc::new(1);
    map.insert(1, Arc::clone(&value));
    let copy = map.get(&1);
    assert_eq!(Arc::strong_count(&value), 3);
    drop(copy);
    drop(map.remove(&1));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
#[should_panic(expected = "no power of two")]
fn a_number_of_shards_that_is_no_power_of_two_is_refused() {
    drop(Sharded::<u8, u8>::new(3));
}

/// A hasher whose hash is the key, so that a test knows where a key belongs.
#[derive(Clone)]
struct Known;

struct Identity(u64);

impl BuildHasher for Known {
    type Hasher = Identity;

    fn build_hasher(&self) -> Identity {
        Identity(0)
    }
}

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
