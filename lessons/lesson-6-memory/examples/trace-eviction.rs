//! A cache with room for four items: what comes, what is asked for, and who goes.
//!
//! The values say so themselves when they are dropped.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::time::{Duration, Instant};

use memory::cache::{Bounds, Cache};
use witness::trace::{Event, Gauge, Recorder, program};

/// Who has gone.
type Gone = Rc<RefCell<Vec<&'static str>>>;

struct Value {
    key: &'static str,
    gone: Gone,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.gone.borrow_mut().push(self.key);
    }
}

struct Stage {
    trace: Recorder,
    cache: Cache<&'static str, Value>,
    gone: Gone,
    now: Instant,
}

fn main() -> Result<(), Box<dyn Error>> {
    let gauge = |key, title, max| Gauge { key, title, unit: "", max };
    let trace = Recorder::new(
        &[program("client"), program("cache")],
        &[gauge("items", "items", 4), gauge("hits", "hits", 6), gauge("misses", "misses", 12)],
    );
    let bounds = Bounds { items: 4, bytes: 1 << 20, ttl: Duration::from_secs(60) };
    let (cache, gone) = (Cache::new(bounds), Gone::default());
    let mut stage = Stage { trace, cache, gone, now: Instant::now() };
    for key in ["home", "news", "old", "logo"] {
        stage.ask(key);
    }
    stage.ask("home");
    stage.ask("logo");
    for key in ["robot-1", "robot-2", "robot-3"] {
        stage.ask(key);
    }
    stage.ask("home");
    stage.ask("logo");
    stage.now += Duration::from_secs(60);
    stage.trace.event("cache", "minute").says("a minute passes, and all are too old");
    stage.ask("home");
    stage.ask("news");
    Ok(stage.trace.print()?)
}

impl Stage {
    /// As a server does: what is not there is fetched, and kept.
    fn ask(&mut self, key: &'static str) {
        if self.cache.get(key, self.now).is_some() {
            self.event("client", "hit").says(format!("`{key}` is there"));
            return;
        }
        let expired = self.gone.take();
        let event = self.event("client", "miss").bad().to("cache");
        event.says(match &expired[..] {
            [] => format!("`{key}` is not there, and is fetched"),
            _ => format!("`{key}` is too old, and is fetched"),
        });
        let value = Value { key, gone: Rc::clone(&self.gone) };
        self.cache.insert(key, value, 1, self.now);
        let gone = self.gone.take();
        if !gone.is_empty() {
            self.event("cache", "evict").says(format!("`{}` has made room", gone.join("`, `")));
        }
    }

    fn event(&self, lane: &'static str, kind: &'static str) -> Event<'_> {
        let now = self.cache.statistics();
        let event = self.trace.event(lane, kind).gauge("items", now.items as u64);
        event.gauge("hits", now.hits).gauge("misses", now.misses)
    }
}
