//! Caches. Each does what somebody thought was right.

use std::time::{Duration, Instant};

use crate::cache::trial::Shelf;
use crate::cache::{Bounds, Cache};

const ITEMS_MAX: usize = 3;
const BYTES_MAX: usize = 100;
const LIFE: u64 = 60;

/// The lesson's own, which throws out by SIEVE.
#[must_use]
pub fn right() -> Shelf {
    let ttl = Duration::from_secs(LIFE);
    let mut cache = Cache::new(Bounds { items: ITEMS_MAX, bytes: BYTES_MAX, ttl });
    let begin = Instant::now();
    Box::new(move |event| {
        let (now, what, key, bytes) = event_of(event);
        let now = begin + Duration::from_secs(now);
        match what {
            "put" if cache.insert(key.to_owned(), (), bytes, now) => "kept".to_owned(),
            "put" => "too large".to_owned(),
            "get" if cache.get(key, now).is_some() => "hit".to_owned(),
            "get" => "miss".to_owned(),
            "remove" => {
                cache.remove(key);
                String::new()
            }
            _ => {
                let counts = cache.statistics();
                format!("{} items, {} bytes", counts.items, counts.bytes)
            }
        }
    })
}

/// Right, too: a list, which throws out who was asked for least recently.
#[must_use]
pub fn right_and_slow() -> Shelf {
    with(Rules::default())
}

/// Right as well: whatever it is told, it first takes out who is dead.
#[must_use]
pub fn right_and_tidy() -> Shelf {
    with(Rules { dead_stay: false, ..Rules::default() })
}

/// Keeps any number of items.
#[must_use]
pub fn counts_no_items() -> Shelf {
    with(Rules { items: false, ..Rules::default() })
}

/// Keeps any number of bytes.
#[must_use]
pub fn counts_no_bytes() -> Shelf {
    with(Rules { bytes: false, ..Rules::default() })
}

/// Throws out one, whether that makes enough room or not.
#[must_use]
pub fn throws_out_only_one() -> Shelf {
    with(Rules { until_it_fits: false, ..Rules::default() })
}

/// An entry's time begins again whenever it is asked for.
#[must_use]
pub fn lives_on_when_asked_for() -> Shelf {
    with(Rules { asking_renews: true, ..Rules::default() })
}

/// Serves an entry at the end of its time, too.
#[must_use]
pub fn serves_at_the_last_moment() -> Shelf {
    with(Rules { end_is_dead: false, ..Rules::default() })
}

/// Adds the bytes of what is written again, and takes off none.
#[must_use]
pub fn counts_what_is_written_again_twice() -> Shelf {
    with(Rules { replaced_bytes: false, ..Rules::default() })
}

/// Takes off no bytes for what is removed.
#[must_use]
pub fn forgets_the_bytes_of_what_is_removed() -> Shelf {
    with(Rules { removed_bytes: false, ..Rules::default() })
}

/// Throws out who came first, whoever was asked for.
#[must_use]
pub fn throws_out_who_came_first() -> Shelf {
    with(Rules { asking_helps: false, ..Rules::default() })
}

/// Keeps the old value when the new one is too large.
#[must_use]
pub fn keeps_the_old_value() -> Shelf {
    with(Rules { too_large_replaces: false, ..Rules::default() })
}

/// Throws out who was asked for least recently, while others are dead.
#[must_use]
pub fn throws_out_the_living() -> Shelf {
    with(Rules { dead_first: false, ..Rules::default() })
}

/// What a shelf pays attention to.
struct Rules {
    items: bool,
    bytes: bool,
    until_it_fits: bool,
    asking_renews: bool,
    end_is_dead: bool,
    replaced_bytes: bool,
    removed_bytes: bool,
    asking_helps: bool,
    too_large_replaces: bool,
    dead_first: bool,
    dead_stay: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            items: true,
            bytes: true,
            until_it_fits: true,
            asking_renews: false,
            end_is_dead: true,
            replaced_bytes: true,
            removed_bytes: true,
            asking_helps: true,
            too_large_replaces: true,
            dead_first: true,
            dead_stay: true,
        }
    }
}

struct Entry {
    key: String,
    bytes: usize,
    written: u64,
}

struct Slow {
    rules: Rules,
    /// Who goes next is at the front.
    entries: Vec<Entry>,
    bytes: usize,
}

fn with(rules: Rules) -> Shelf {
    let mut shelf = Slow { rules, entries: Vec::new(), bytes: 0 };
    Box::new(move |event| {
        let (now, what, key, bytes) = event_of(event);
        if !shelf.rules.dead_stay {
            shelf.tidy(now);
        }
        match what {
            "put" => shelf.put(now, key, bytes),
            "get" => shelf.get(now, key),
            "remove" => {
                if let Some(place) = shelf.place(key) {
                    let entry = shelf.entries.remove(place);
                    shelf.bytes -= if shelf.rules.removed_bytes { entry.bytes } else { 0 };
                }
                String::new()
            }
            _ => format!("{} items, {} bytes", shelf.entries.len(), shelf.bytes),
        }
    })
}

impl Slow {
    fn put(&mut self, now: u64, key: &str, bytes: usize) -> String {
        let too_large = bytes > BYTES_MAX;
        if too_large && !self.rules.too_large_replaces {
            return "too large".to_owned();
        }
        if let Some(place) = self.place(key) {
            let entry = self.entries.remove(place);
            self.bytes -= if self.rules.replaced_bytes { entry.bytes } else { 0 };
        }
        if too_large {
            return "too large".to_owned();
        }
        while self.has_no_room(bytes) && !self.entries.is_empty() {
            let dead = self.entries.iter().position(|entry| self.is_dead(entry, now));
            let gone = if self.rules.dead_first { dead.unwrap_or(0) } else { 0 };
            self.bytes -= self.entries.remove(gone).bytes;
            if !self.rules.until_it_fits {
                break;
            }
        }
        self.bytes += bytes;
        self.entries.push(Entry { key: key.to_owned(), bytes, written: now });
        "kept".to_owned()
    }

    fn get(&mut self, now: u64, key: &str) -> String {
        let Some(place) = self.place(key) else { return "miss".to_owned() };
        let mut entry = self.entries.remove(place);
        if self.is_dead(&entry, now) {
            self.bytes -= entry.bytes;
            return "miss".to_owned();
        }
        if self.rules.asking_renews {
            entry.written = now;
        }
        let place = if self.rules.asking_helps { self.entries.len() } else { place };
        self.entries.insert(place, entry);
        "hit".to_owned()
    }

    fn tidy(&mut self, now: u64) {
        while let Some(dead) = self.entries.iter().position(|entry| self.is_dead(entry, now)) {
            self.bytes -= self.entries.remove(dead).bytes;
        }
    }

    fn has_no_room(&self, bytes: usize) -> bool {
        let items = self.rules.items && self.entries.len() == ITEMS_MAX;
        items || self.rules.bytes && self.bytes + bytes > BYTES_MAX
    }

    fn is_dead(&self, entry: &Entry, now: u64) -> bool {
        let age = now.saturating_sub(entry.written);
        if self.rules.end_is_dead { age >= LIFE } else { age > LIFE }
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }
}

/// The second, what happens, the key, and the number of bytes.
fn event_of(event: &str) -> (u64, &str, &str, usize) {
    let mut words = event.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let (now, what, key) = (word(), word(), word());
    let bytes = word().parse().unwrap_or(0);
    (now.parse().expect("a number of seconds"), what, key, bytes)
}
