//! A thousand items are kept of twenty thousand, for which people ask as Zipf says: how many questions does each cache answer,
//! and how long does a question take, with the insertion of what was missing?

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use memory::cache::{Bounds, Cache};
use witness::lab::{Column, Table, parameter, progress};
use witness::zipf::Zipf;

const ITEMS: usize = 1000;
const KEYS: u64 = 20_000;
const BYTES_EACH: usize = 100;
const LIFE: Duration = Duration::from_secs(3600);
/// One in so many questions is a robot's, who reads everything there is, one after the other.
const ROBOT: usize = 3;

/// A cache: says whether a key was there, and inserts it if not.
type Ask = Box<dyn FnMut(u64) -> bool>;

fn main() -> Result<(), Box<dyn Error>> {
    let count = parameter("questions") as usize;
    let people: Vec<u64> = Zipf::new(KEYS, 1).take(count).collect();
    let column = |key, title, unit, digits| Column { key, title, unit, digits };
    let mut table = Table::new(vec![
        column("hits", "hits", "%", 1),
        column("robot", "people's hits, with a robot about", "%", 1),
        column("time", "time for a question", "ns", 0),
    ]);
    type Make = fn() -> Ask;
    let caches: [(&str, &str, Make); 4] = [
        ("ours", "this lesson's (SIEVE)", ours),
        ("lru", "lru (LRU)", lru),
        ("moka", "moka (TinyLFU)", moka),
        ("quick_cache", "quick_cache (Clock-PRO)", quick_cache),
    ];
    for (done, (key, title, make)) in caches.into_iter().enumerate() {
        progress(done, caches.len());
        let (hits, time) = asked(&mut make(), &people);
        let with_robot = among_robots(&mut make(), &people);
        let percent = |hits: usize| 100.0 * hits as f64 / count as f64;
        let nanoseconds = time.as_secs_f64() * 1e9 / count as f64;
        table.row(key, title, &[percent(hits), percent(with_robot), nanoseconds].map(Some));
    }
    progress(caches.len(), caches.len());
    table.note("Whoever always had the thousand most popular items would answer 71 of a hundred. moka may be shared by threads, the others may not.");
    table.print();
    Ok(())
}

fn asked(ask: &mut Ask, people: &[u64]) -> (usize, Duration) {
    let begin = Instant::now();
    let hits = people.iter().filter(|key| ask(black_box(**key))).count();
    (hits, begin.elapsed())
}

/// How many of people's questions are hits, while a robot asks for everything.
fn among_robots(ask: &mut Ask, people: &[u64]) -> usize {
    let mut robot = (0..KEYS).cycle();
    let mut hits = 0;
    for (number, key) in people.iter().enumerate() {
        hits += usize::from(ask(*key));
        if number % (ROBOT - 1) == 0 {
            ask(KEYS + robot.next().expect("it never ends"));
        }
    }
    hits
}

fn ours() -> Ask {
    let bounds = Bounds { items: ITEMS, bytes: ITEMS * BYTES_EACH, ttl: LIFE };
    let (mut cache, now) = (Cache::new(bounds), Instant::now());
    Box::new(move |key| match cache.get(&key, now) {
        Some(value) => *value == key,
        None => !cache.insert(key, key, BYTES_EACH, now),
    })
}

fn lru() -> Ask {
    let items = ITEMS.try_into().expect("some are kept");
    let mut cache = lru::LruCache::new(items);
    Box::new(move |key: u64| match cache.get(&key) {
        Some(value) => *value == key,
        None => {
            cache.put(key, key);
            false
        }
    })
}

fn moka() -> Ask {
    let cache = moka::sync::Cache::builder()
        .max_capacity((ITEMS * BYTES_EACH) as u64)
        .weigher(|_: &u64, _: &u64| BYTES_EACH as u32)
        .time_to_live(LIFE)
        .build();
    Box::new(move |key| match cache.get(&key) {
        Some(value) => value == key,
        None => {
            cache.insert(key, key);
            false
        }
    })
}

fn quick_cache() -> Ask {
    let mut cache = quick_cache::unsync::Cache::new(ITEMS);
    Box::new(move |key: u64| match cache.get(&key) {
        Some(value) => *value == key,
        None => {
            cache.insert(key, key);
            false
        }
    })
}
