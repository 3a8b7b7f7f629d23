//! Everything that is counted, in Prometheus's text format.
//!
//! Whichever worker is asked answers for all of them, out of shared memory: it waits for nobody, and a worker that hangs or
//! dies is in the answer. Labels are few and known beforehand: routes are patterns, never paths, so that no client can make
//! a new series.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use solution_4_processes::shared::{Counter, Gauge, Histogram, Region};

use super::machine::Machine;
use crate::api::ROUTES;
use crate::board::Board;
use crate::board::numbers::{NO_ROUTE, Numbers, route};
use crate::board::sign::{DEPENDENCIES, Sign};

/// What all names begin with.
const PREFIX: &str = "api_server";
/// The upper ends of buckets, in seconds. The alert's threshold is one of them: between two ends a quantile is a guess.
const ENDS: [f64; 15] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0,
];

/// All metrics of the server, as any of its workers tells them.
#[derive(Debug)]
pub struct Metrics(Registry);

impl Metrics {
    /// Of this board.
    #[must_use]
    pub fn new(board: Arc<Region<Board>>, machine: Machine) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register_collector(Box::new(Source { board, machine }));
        Self(registry)
    }

    /// As they are now.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.0).expect("a string takes all text");
        text
    }
}

#[derive(Debug)]
struct Source {
    board: Arc<Region<Board>>,
    machine: Machine,
}

/// The labels of a series.
type Labels = Vec<(&'static str, String)>;

impl Collector for Source {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut to = Families(encoder);
        let numbers = Box::<Numbers>::default();
        // Without a whole sum, which a master that dies may leave, nothing is better than something wrong.
        if self.board.lives.sum(&numbers) {
            answers(&mut to, &numbers)?;
            happened(&mut to, &numbers)?;
        }
        self.server(&mut to, &numbers)?;
        self.processes(&mut to)
    }
}

/// What was answered, by route.
fn answers(to: &mut Families<'_>, numbers: &Numbers) -> fmt::Result {
    // Also those that are zero: a series that begins with its first error would seem to have had it for ever.
    let all = (0..ROUTES.len()).chain([NO_ROUTE]);
    let counts = all.flat_map(|place| {
        let classes = numbers.answers[place].iter().zip(1_u8..).skip(1);
        classes.map(move |(count, class)| {
            let mut labels = labels(place);
            labels.push(("status", format!("{class}xx")));
            (labels, count.get() as f64)
        })
    });
    to.counters("http_requests", "Requests that were answered", counts)?;
    let timed = numbers.used().map(|place| (labels(place), &numbers.latency[place]));
    to.histograms("http_request_duration_seconds", "From a whole request to its answer", timed)
}

fn labels(place: usize) -> Labels {
    let (method, pattern) = route(place);
    vec![("method", method.to_owned()), ("route", pattern.to_owned())]
}

/// What else has happened.
fn happened(to: &mut Families<'_>, numbers: &Numbers) -> fmt::Result {
    let n = numbers;
    to.counter(
        "http_requests_abandoned",
        "Requests whose client left before there was an answer",
        &n.abandoned,
    )?;
    to.counter(
        "http_requests_shed",
        "Requests that were refused because there was no room",
        &n.shed,
    )?;
    to.counter(
        "http_requests_limited",
        "Requests that were refused because their client asked too often",
        &n.limited,
    )?;
    let reads = [
        ("l1", "hit", &n.cache_hits),
        ("l1", "miss", &n.cache_misses),
        ("l2", "hit", &n.l2_hits),
        ("l2", "miss", &n.l2_misses),
    ];
    let reads = reads.map(|(tier, result, count)| {
        (vec![("tier", tier.to_owned()), ("result", result.to_owned())], count.get() as f64)
    });
    to.counters("cache_reads", "Users that were looked for in a cache", reads)?;
    let events = [
        ("accepted", &n.events_accepted),
        ("refused", &n.events_refused),
        ("published", &n.events_published),
    ];
    let events =
        events.map(|(state, count)| (vec![("state", state.to_owned())], count.get() as f64));
    to.counters("events", "Access events: on disk, without room, with the queue", events)?;
    to.counter("access_log_lost", "Lines of the access log that were lost", &n.lines_lost)?;
    to.counter("connections", "Connections that were opened", &n.connections)?;
    to.counter("connections_cut", "Connections and streams whose peer was too slow", &n.too_slow)?;
    to.counter(
        "connections_made_room",
        "Idle connections that were closed because others waited",
        &n.made_room,
    )?;
    to.counter(
        "accept_pauses",
        "How often there were no descriptors or no memory for a connection",
        &n.paused,
    )
}

impl Source {
    /// Of the server as a whole.
    fn server(&self, to: &mut Families<'_>, numbers: &Numbers) -> fmt::Result {
        let time = |name, microseconds: u64| (labelled("process", name), microseconds as f64 / 1e6);
        let times = [
            time("master", self.board.master.processor.get()),
            time("workers", numbers.processor.get()),
            time("keeper", self.board.jobs.processor.get()),
        ];
        to.counters(
            "cpu_seconds",
            "Processor time; of workers and keepers, of all that there were; a keeper's with that of jobs",
            times,
        )?;
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        to.gauges("build_info", "Which version it is", [(version, 1.0)])?;
        to.gauge("processors", "Processors that may be used", self.machine.processors)?;
        // Not known, it is nothing to divide by.
        let memory = Some(self.machine.memory as f64).filter(|&memory| memory > 0.0);
        let memory = memory.map(|memory| (Vec::new(), memory));
        to.gauges("memory_limit_bytes", "Memory that may be used", memory)?;
        let started = "Workers, and keepers of jobs, that were started";
        to.counter("worker_starts", started, &self.board.started)?;
        let failed = "Workers, and keepers of jobs, that died or hung";
        to.counter("worker_failures", failed, &self.board.failed)?;
        to.counters(
            "errors",
            "Panics, and answers that begin with a 5",
            [(Vec::new(), self.board.errors.count() as f64)],
        )?;
        to.counter("panics", "How often a thread of a worker panicked", &self.board.panics)?;
        let jobs = &self.board.jobs;
        let states = [("waiting", jobs.waiting.get()), ("running", self.board.running_jobs())];
        let states = states.map(|(state, count)| (labelled("state", state), count as f64));
        to.gauges("jobs", "Background jobs: waiting in the database, running here", states)?;
        let ends = [("done", &jobs.done), ("failed", &jobs.failed), ("cancelled", &jobs.cancelled)];
        let ends = ends.map(|(end, count)| (labelled("end", end), count.get() as f64));
        to.counters("jobs_ended", "Background jobs that came to their end here", ends)?;
        let traces = self.board.traces.count() as f64;
        to.counters("traces", "Requests that were recorded", [(Vec::new(), traces)])?;
        let lost = "Of these, those that no collector has taken";
        to.counter("traces_lost", lost, &self.board.traces_lost)?;
        let shared = self.board.limiter.shared() as f64;
        to.counters(
            "limiter_shared",
            "Clients that shared a limit because the table was full",
            [(Vec::new(), shared)],
        )
    }

    /// How full the processes are. While a worker is replaced, there are two of it, and they count together: a name for
    /// each life would make new series for ever.
    fn processes(&self, to: &mut Families<'_>) -> fmt::Result {
        let workers = self.workers();
        let mut others = vec![("master".to_owned(), vec![&self.board.master])];
        let keeper = &self.board.jobs.keeper;
        if keeper.pid.get() > 0 {
            others.push(("keeper".to_owned(), vec![keeper]));
        }
        let mut each = |name: &str, help: &str, value: fn(&Sign) -> &Gauge| {
            let all = others.iter().chain(&workers);
            to.gauges(
                name,
                help,
                all.map(|(name, signs)| (labelled("process", name), sum(signs, value))),
            )
        };
        each(
            "process_resident_memory_bytes",
            "Memory of a process, of a keeper with that of jobs; what several share counts for each",
            |sign| &sign.memory,
        )?;
        each("process_open_fds", "Open descriptors", |sign| &sign.descriptors)?;
        let mut each = |name: &str, help: &str, value: fn(&Sign) -> &Gauge| {
            to.gauges(
                name,
                help,
                workers.iter().map(|(name, signs)| (labelled("worker", name), sum(signs, value))),
            )
        };
        each("connections", "Open connections", |sign| &sign.connections)?;
        each(
            "requests_in_progress",
            "Connections with a request that is not answered yet",
            |sign| &sign.busy,
        )?;
        each("cache_items", "Users in memory", |sign| &sign.cache_items)?;
        each("cache_bytes", "What they take", |sign| &sign.cache_bytes)?;
        each(
            "pool_connections_used",
            "Connections to the database that are in use or being made; with SQLite, threads",
            |sign| &sign.pool_used,
        )?;
        each("pool_connections_max", "How many there may be", |sign| &sign.pool_max)?;
        each("pool_waiting", "Queries that wait for one", |sign| &sign.pool_waiting)?;
        each("admitted_bytes", "What bodies and waiting requests take", |sign| &sign.admitted)?;
        each("admitted_bytes_max", "What they may take before others are refused", |sign| {
            &sign.admitted_max
        })?;
        each("computations_waiting", "Computations that wait for a thread", |sign| {
            &sign.computations
        })?;
        let breakers = workers.iter().flat_map(|(name, signs)| {
            DEPENDENCIES.iter().enumerate().filter_map(move |(index, dependency)| {
                let worst = signs.iter().map(|sign| sign.breakers[index].get()).max()?;
                let mut labels = labelled("worker", name);
                labels.push(("dependency", (*dependency).to_owned()));
                (worst > 0).then_some((labels, worst as f64 - 1.0))
            })
        });
        to.gauges("breaker_state", "0: it is asked, 1: it is tried, 2: it is left alone", breakers)
    }

    /// The workers that are there, each with its lives.
    fn workers(&self) -> Vec<(String, Vec<&Sign>)> {
        let mut workers = BTreeMap::<u64, Vec<&Sign>>::new();
        for sign in self.board.signs.iter().filter(|sign| sign.pid.get() > 0) {
            workers.entry(sign.worker.get()).or_default().push(sign);
        }
        workers.into_iter().map(|(worker, signs)| (worker.to_string(), signs)).collect()
    }
}

fn labelled(label: &'static str, value: &str) -> Labels {
    vec![(label, value.to_owned())]
}

fn sum(signs: &[&Sign], value: fn(&Sign) -> &Gauge) -> f64 {
    signs.iter().map(|sign| value(sign).get() as f64).sum()
}

/// Where metrics go, family by family.
struct Families<'a>(DescriptorEncoder<'a>);

impl Families<'_> {
    fn counter(&mut self, name: &str, help: &str, value: &Counter) -> fmt::Result {
        self.counters(name, help, [(Vec::new(), value.get() as f64)])
    }

    fn counters(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, f64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        series.into_iter().try_for_each(|(labels, value)| {
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
        })
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.gauges(name, help, [(Vec::new(), value)])
    }

    fn gauges(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, f64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        series
            .into_iter()
            .try_for_each(|(labels, value)| family.encode_family(&labels)?.encode_gauge(&value))
    }

    fn histograms<'h>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, &'h Histogram)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        series.into_iter().try_for_each(|(labels, histogram)| {
            let (count, buckets) = buckets(histogram);
            let sum = histogram.sum().as_secs_f64();
            family
                .encode_family(&labels)?
                .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
        })
    }
}

/// How many values there are, and how many between two ends. Somebody may count meanwhile: what is above the last end is
/// whatever is left.
fn buckets(histogram: &Histogram) -> (u64, Vec<(f64, u64)>) {
    let mut below = 0;
    let mut buckets: Vec<_> = ENDS
        .iter()
        .map(|&end| {
            let at_most = histogram.at_most(Duration::from_secs_f64(end)).max(below);
            (end, at_most - std::mem::replace(&mut below, at_most))
        })
        .collect();
    let count = histogram.count().max(below);
    buckets.push((f64::INFINITY, count - below));
    (count, buckets)
}
