//! What workers count.

use std::time::Duration;

use solution_4_processes::shared::{Counter, Histogram, Plain, Tally};

use crate::api::ROUTES;

/// The most routes, one of them for what has none.
pub const ROUTES_MAX: usize = 32;

/// What a life counts, in a place of its own.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Numbers {
    /// Answers by the place of their route, and the first digit of their status, from 1. What was refused before it had a
    /// route is in the last place.
    pub answers: [[Counter; 5]; ROUTES_MAX],
    /// Processor time, in microseconds.
    pub processor: Counter,
    /// Requests whose client left before there was an answer.
    pub abandoned: Counter,
    /// Users that were read from the cache, and that were not.
    pub cache_hits: Counter,
    /// See `cache_hits`.
    pub cache_misses: Counter,
    /// Of the latter, those that Redis had.
    pub l2_hits: Counter,
    /// And those that it did not have, or could not say.
    pub l2_misses: Counter,
    /// Requests that were refused because a queue was full.
    pub shed: Counter,
    /// Requests that were refused because their client had asked too often.
    pub limited: Counter,
    /// Access events that are on disk, and so will come to the queue.
    pub events_accepted: Counter,
    /// Those for which the disk had no room.
    pub events_refused: Counter,
    /// Those that the queue has taken, dead workers' included.
    pub events_published: Counter,
    /// Lines of the access log that were lost.
    pub lines_lost: Counter,
    /// Connections that were opened.
    pub connections: Counter,
    /// Connections and streams that were cut off because their peer was too slow.
    pub too_slow: Counter,
    /// Connections that were closed because others waited, and they were idle.
    pub made_room: Counter,
    /// How often accepting paused because there were no descriptors or no memory.
    pub paused: Counter,
    /// From a request's whole head and body to its answer, by the place of its route.
    pub latency: [Histogram; ROUTES_MAX],
}

// SAFETY: `repr(C)`, and all of it is plain.
unsafe impl Plain for Numbers {}

/// The place for what has no route.
pub const NO_ROUTE: usize = ROUTES_MAX - 1;

/// The method and the pattern of the route in a place; of no method and `none`, if there is none there.
#[must_use]
pub fn route(place: usize) -> (&'static str, &'static str) {
    match ROUTES.get(place) {
        Some((method, pattern, _)) if place != NO_ROUTE => (method, pattern),
        _ => ("", "none"),
    }
}

impl Numbers {
    /// Counts one answer.
    pub fn answered(&self, route: usize, status: u16, latency: Option<Duration>) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.answers[route][class].add(1);
        if let Some(latency) = latency {
            self.latency[route].record(latency);
        }
    }

    /// The latencies of all routes together.
    #[must_use]
    pub fn latency_of_all(&self) -> Histogram {
        let all = Histogram::default();
        self.used().for_each(|route| all.add(&self.latency[route]));
        all
    }

    /// The routes that have been asked for. The others' histograms are not even looked at: to read a page of shared memory
    /// is to take it.
    pub fn used(&self) -> impl Iterator<Item = usize> {
        let asked_for = |route: &usize| self.answers[*route].iter().any(|count| count.get() > 0);
        (0..ROUTES_MAX).filter(asked_for)
    }

    fn counters(&self) -> impl Iterator<Item = &Counter> {
        self.answers.as_flattened().iter().chain([
            &self.processor,
            &self.abandoned,
            &self.cache_hits,
            &self.cache_misses,
            &self.l2_hits,
            &self.l2_misses,
            &self.shed,
            &self.limited,
            &self.events_accepted,
            &self.events_refused,
            &self.events_published,
            &self.lines_lost,
            &self.connections,
            &self.too_slow,
            &self.made_room,
            &self.paused,
        ])
    }
}

impl Tally for Numbers {
    fn add(&self, other: &Self) {
        // An answer that comes in between is in neither or only counted; and never is a histogram without its answers.
        let used: Vec<_> = other.used().collect();
        for (mine, others) in self.counters().zip(other.counters()) {
            mine.add(others.get());
        }
        used.into_iter().for_each(|route| self.latency[route].add(&other.latency[route]));
    }

    fn clear(&self) {
        let used: Vec<_> = self.used().collect();
        self.counters().for_each(Counter::clear);
        used.into_iter().for_each(|route| self.latency[route].clear());
    }
}
