//! Goal: the cache keeps within its bounds, never serves what is too old or was overwritten, throws out what SIEVE
//! throws out, takes memory once, and loses none.
//!
//! Method: examples here, random sequences of operations against two models in `model`; time is a number that the
//! tests pass in. Allocations, comparisons of keys, and drops of values are counted.
//! Not proven: speed (the benchmark), that the hand's walks are short on average (the documentation argues it), and
//! that SIEVE suits your keys: Zipf's law is only like them.

#[path = "cache/model.rs"]
mod model;
#[path = "cache/your_trial.rs"]
mod your_trial;

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::time::{Duration, Instant};

use memory::cache::{Bounds, Cache, Statistics};
use witness::allocations::{CountingAllocator, counted};
use witness::zipf::Zipf;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const TTL: Duration = Duration::from_secs(60);
const INSTANT: Duration = Duration::from_nanos(1);

/// A cache for so many items of one byte.
fn cache_of<K: Hash + Eq + Clone, V>(items: usize) -> Cache<K, V> {
    Cache::new(Bounds { items, bytes: usize::MAX, ttl: TTL })
}

#[test]
fn what_was_inserted_is_found_and_the_rest_is_not() {
    let (mut cache, now) = (cache_of(10), Instant::now());
    assert!(cache.insert("ada".to_owned(), 1, 1, now));
    assert!(cache.insert("grace".to_owned(), 2, 1, now));
    assert_eq!(cache.get("ada", now), Some(&1));
    assert_eq!(cache.get("grace", now), Some(&2));
    assert_eq!(cache.get("alan", now), None);
    let counted = Statistics { hits: 2, misses: 1, items: 2, bytes: 2, ..Statistics::default() };
    assert_eq!(cache.statistics(), counted);
}

#[test]
fn the_last_value_written_is_the_one_that_is_served() {
    let (mut cache, now) = (cache_of(10), Instant::now());
    cache.insert("ada", 1, 100, now);
    cache.insert("ada", 2, 30, now);
    assert_eq!(cache.get("ada", now), Some(&2));
    let Statistics { items, bytes, evicted, .. } = cache.statistics();
    assert_eq!((items, bytes, evicted), (1, 30, 0), "the old entry counts no more");
}

#[test]
fn what_was_removed_is_gone() {
    let (mut cache, now) = (cache_of(10), Instant::now());
    cache.insert("ada", 1, 1, now);
    assert_eq!(cache.remove("ada"), Some(1));
    assert_eq!(cache.remove("ada"), None);
    assert_eq!(cache.get("ada", now), None);
    assert_eq!((cache.statistics().items, cache.statistics().bytes), (0, 0));
}

#[test]
fn an_entry_is_served_until_its_time_is_over() {
    let (mut cache, now) = (cache_of(10), Instant::now());
    cache.insert("ada", 1, 1, now);
    assert_eq!(cache.get("ada", now + TTL - INSTANT), Some(&1));
    assert_eq!(cache.get("ada", now + TTL), None);
}

#[test]
fn an_entry_that_is_too_old_is_removed_when_it_is_asked_for() {
    let (mut cache, now) = (cache_of(10), Instant::now());
    let value = Rc::new(());
    cache.insert("ada", Rc::clone(&value), 1, now);
    cache.get("ada", now + TTL - INSTANT);
    cache.get("ada", now + TTL);
    assert_eq!(Rc::strong_count(&value), 1, "the value was dropped");
    let counted = Statistics { hits: 1, misses: 1, expired: 1, ..Statistics::default() };
    assert_eq!(cache.statistics(), counted);
}

#[test]
fn writing_an_entry_again_gives_it_its_whole_time_again() {
    let (mut cache, now) = (cache_of(10), Instant::now());
    cache.insert("ada", 1, 1, now);
    cache.insert("ada", 2, 1, now + TTL - INSTANT);
    assert_eq!(cache.get("ada", now + TTL + INSTANT), Some(&2));
}

#[test]
fn a_time_to_live_without_end_and_a_clock_that_goes_back_are_no_trouble() {
    let bounds = Bounds { items: 10, bytes: 10, ttl: Duration::MAX };
    let (mut cache, now) = (Cache::new(bounds), Instant::now() + TTL);
    cache.insert("ada", 1, 1, now);
    assert_eq!(cache.get("ada", now - TTL), Some(&1));
    assert_eq!(cache.get("ada", now + 1_000_000 * TTL), Some(&1));
}

#[test]
fn there_are_never_more_items_than_the_bound() {
    let (mut cache, now) = (cache_of(3), Instant::now());
    for key in 0..10 {
        assert!(cache.insert(key, key, 1, now));
        assert_eq!(cache.get(&key, now), Some(&key), "the newest is kept");
    }
    assert_eq!((cache.statistics().items, cache.statistics().evicted), (3, 7));
}

#[test]
fn there_are_never_more_bytes_than_the_bound() {
    let mut cache = Cache::new(Bounds { items: 100, bytes: 1000, ttl: TTL });
    let now = Instant::now();
    for key in 0..10 {
        cache.insert(key, (), 100, now);
    }
    assert_eq!((cache.statistics().bytes, cache.statistics().evicted), (1000, 0), "it may be full");
    assert!(cache.insert(10, (), 250, now));
    let Statistics { items, bytes, evicted, .. } = cache.statistics();
    assert_eq!((items, bytes, evicted), (8, 950, 3), "as many go as must");
}

#[test]
fn what_is_larger_than_the_bound_is_refused_and_takes_the_old_value_with_it() {
    let mut cache = Cache::new(Bounds { items: 10, bytes: 1000, ttl: TTL });
    let now = Instant::now();
    cache.insert("ada", "old", 10, now);
    cache.insert("grace", "kept", 10, now);
    assert!(!cache.insert("ada", "new", 1001, now));
    assert_eq!(cache.get("ada", now), None, "`old` is not what was last written");
    assert_eq!(cache.get("grace", now), Some(&"kept"), "nothing has to go for what is not kept");
    assert!(cache.insert("ada", "all of it", 1000, now));
}

#[test]
fn a_cache_for_nothing_keeps_nothing() {
    let (mut cache, now) = (cache_of(0), Instant::now());
    assert!(!cache.insert("ada", 1, 1, now));
    assert_eq!(cache.get("ada", now), None);
}

#[test]
fn who_was_asked_for_stays_and_who_was_not_goes() {
    let (mut cache, now) = (cache_of(3), Instant::now());
    for key in ["a", "b", "c"] {
        cache.insert(key, (), 1, now);
    }
    cache.get("a", now);
    cache.insert("d", (), 1, now);
    assert!(cache.get("b", now).is_none(), "the oldest that nobody asked for");
    assert!(cache.get("a", now).is_some());
}

#[test]
fn the_hand_goes_on_where_it_stopped() {
    let (mut cache, now) = (cache_of(4), Instant::now());
    for key in ["a", "b", "c", "d"] {
        cache.insert(key, (), 1, now);
    }
    cache.get("a", now);
    cache.insert("e", (), 1, now); // Passes `a` and takes its mark; `b` goes.
    cache.insert("f", (), 1, now); // `c` goes, and not `a`, which is older and has no mark.
    assert!(cache.get("a", now).is_some());
    assert!(cache.get("c", now).is_none());
}

#[test]
fn what_is_too_old_goes_before_what_is_alive() {
    let (mut cache, now) = (cache_of(3), Instant::now());
    cache.insert("dead", (), 1, now);
    cache.get("dead", now);
    let later = now + TTL;
    cache.insert("alive", (), 1, later);
    cache.insert("too", (), 1, later);
    cache.insert("new", (), 1, later);
    assert_eq!((cache.statistics().expired, cache.statistics().evicted), (1, 0));
    assert!(cache.get("alive", later).is_some());
}

#[test]
fn no_memory_is_taken_after_the_start() {
    let (mut cache, now) = (cache_of::<u64, u64>(1000), Instant::now());
    let mut keys = Zipf::new(100_000, 1);
    let (_, counts) = counted(|| {
        for key in keys.by_ref().take(200_000) {
            if cache.get(&key, now).is_none() {
                cache.insert(key, key, 1, now);
            }
        }
        cache.clear();
        (0..2000).for_each(|key| assert!(cache.insert(key, key, 1, now)));
    });
    assert_eq!(counts.allocations, 0);
}

/// A key that counts how often it is compared.
#[derive(Clone)]
struct Compared(u64, Rc<Cell<usize>>);

impl PartialEq for Compared {
    fn eq(&self, other: &Self) -> bool {
        self.1.set(self.1.get() + 1);
        self.0 == other.0
    }
}

impl Eq for Compared {}

impl Hash for Compared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn an_operation_compares_few_keys_however_many_there_are() {
    const OPERATIONS: usize = 20_000;
    let (mut cache, now, compared) = (cache_of(5000), Instant::now(), Rc::default());
    for key in Zipf::new(50_000, 2).take(OPERATIONS) {
        let key = Compared(key, Rc::clone(&compared));
        if cache.get(&key, now).is_none() {
            cache.insert(key, (), 1, now);
        }
    }
    // A hit needs one. That hash tables also compare what only looks alike is left room for.
    let compared = compared.get();
    assert!(compared < 2 * OPERATIONS, "{compared} comparisons in {OPERATIONS} operations");
}

#[test]
fn every_value_is_dropped_once() {
    let value = Rc::new(());
    let (mut cache, now) = (cache_of(100), Instant::now());
    for (step, key) in Zipf::new(1000, 3).take(10_000).enumerate() {
        let now = now + TTL / 1000 * step as u32;
        match key % 5 {
            0 => drop(cache.remove(&key)),
            1 => drop(cache.get(&key, now).cloned()),
            _ => drop(cache.insert(key, Rc::clone(&value), 1, now)),
        }
        assert_eq!(Rc::strong_count(&value), 1 + cache.statistics().items);
    }
    assert!(cache.statistics().items > 0);
    cache.clear();
    assert_eq!(Rc::strong_count(&value), 1);
    cache.insert(0, Rc::clone(&value), 1, now);
    drop(cache);
    assert_eq!(Rc::strong_count(&value), 1);
}

/// Hits in percent, of the cache and of LRU, when a thousand items are cached.
fn hit_rates(keys: impl Iterator<Item = u64>) -> (f64, f64) {
    let bounds = Bounds { items: 1000, bytes: usize::MAX, ttl: TTL };
    let mut cache = Cache::new(bounds);
    // Yours and the reference's are two types.
    let Bounds { items, bytes, ttl } = bounds;
    let mut lru = solution::naive::cache::Cache::new(solution::cache::Bounds { items, bytes, ttl });
    let (mut asked, mut lru_hits, now) = (0, 0, Instant::now());
    for key in keys {
        asked += 1;
        if cache.get(&key, now).is_none() {
            cache.insert(key, (), 1, now);
        }
        match lru.get(&key, now) {
            Some(()) => lru_hits += 1,
            None => drop(lru.insert(key, (), 1, now)),
        }
    }
    let Statistics { hits, misses, .. } = cache.statistics();
    assert_eq!(hits + misses, asked);
    let percent = |hits: u64| hits as f64 / asked as f64 * 100.0;
    (percent(hits), percent(lru_hits))
}

#[test]
fn popular_keys_are_hit_more_often_than_by_lru() {
    let keys = || Zipf::new(20_000, 4).take(100_000);
    let (steady, steady_lru) = hit_rates(keys());
    println!("the same keys stay popular: {steady:.1} % hits, LRU {steady_lru:.1} %");
    assert!(steady > steady_lru + 3.0);
    // What the policy loses; nothing is demanded of it.
    let others_each_5000 = |(number, key)| (key + number as u64 / 5000 * 7919) % 20_000;
    let (changing, changing_lru) = hit_rates(keys().enumerate().map(others_each_5000));
    println!("others are each 5,000 keys: {changing:.1} % hits, LRU {changing_lru:.1} %");
}
