//! What the page gets, as JSON.

use serde::Serialize;

use super::time;
use crate::board::sign::DEPENDENCIES;
use crate::observe::goals::{GOALS, Goal, Light, Range};
use crate::observe::recent::{Process, Recent};

/// How the server is. Times are in seconds, sizes in bytes, rates by the second, shares from 0 to 1.
#[derive(Serialize)]
pub(super) struct View {
    /// Since 1970.
    time: f64,
    version: &'static str,
    goals: Vec<ShownGoal>,
    processes: Vec<ShownProcess>,
    started: u64,
    failed: u64,
    rates: Vec<(&'static str, Option<f64>)>,
    shares: Vec<(&'static str, Option<f64>)>,
    numbers: [(&'static str, u64); 3],
    /// How many there have been: when that changes, there is something new to look at.
    traces: u64,
    errors: u64,
}

#[derive(Serialize)]
struct ShownGoal {
    alert: &'static str,
    title: &'static str,
    unit: &'static str,
    value: Option<f64>,
    target: ShownRange,
    alarm: ShownRange,
    light: Light,
    meaning: &'static str,
}

/// From, to.
type ShownRange = (Option<f64>, Option<f64>);

#[derive(Serialize)]
struct ShownProcess {
    name: String,
    life: Option<u64>,
    pid: u64,
    /// Of one processor.
    processor: Option<f64>,
    answers: Option<f64>,
    memory: u64,
    connections: u64,
    busy: u64,
    cache_items: u64,
    pool_used: u64,
    pool_max: u64,
    pool_waiting: u64,
    breakers: Vec<(&'static str, &'static str)>,
}

impl View {
    pub(super) fn of(recent: &Recent) -> Self {
        let counts = recent.now().map(|look| look.counts).unwrap_or_default();
        let processes = recent.now().map_or(&[][..], |look| &look.processes);
        Self {
            time: time(),
            version: env!("CARGO_PKG_VERSION"),
            goals: GOALS.iter().map(|goal| shown_goal(goal, recent)).collect(),
            processes: processes
                .iter()
                .enumerate()
                .map(|(index, process)| shown_process(index, process, recent))
                .collect(),
            started: counts.started,
            failed: counts.failed,
            rates: rates(recent),
            shares: shares(recent),
            numbers: [
                ("jobs that wait", counts.jobs.0),
                ("jobs that run", counts.jobs.1),
                ("jobs that failed", counts.jobs.2),
            ],
            traces: counts.traces,
            errors: counts.noted,
        }
    }
}

fn shown_goal(goal: &Goal, recent: &Recent) -> ShownGoal {
    let value = (goal.measure)(recent);
    let Goal { alert, title, unit, meaning, .. } = *goal;
    let (target, alarm) = (shown_range(goal.target), shown_range(goal.alarm));
    ShownGoal { alert, title, unit, value, target, alarm, light: goal.light(value), meaning }
}

fn shown_range(range: Range) -> ShownRange {
    match range {
        Range::Below(limit) => (None, Some(limit)),
        Range::Above(limit) => (Some(limit), None),
        Range::Between(low, high) => (Some(low), Some(high)),
    }
}

fn shown_process(index: usize, process: &Process, recent: &Recent) -> ShownProcess {
    let other = if index == 0 { "master" } else { "keeper of jobs" };
    let (processor, answers) = recent.of_process(process).unzip();
    let (pool_used, pool_max, pool_waiting) = process.pool;
    let breakers = DEPENDENCIES.iter().zip(process.breakers).filter_map(|(name, state)| {
        let state = ["", "closed", "half open", "open"].get(state as usize)?;
        (!state.is_empty()).then_some((*name, *state))
    });
    ShownProcess {
        name: process.worker.map_or(other.to_owned(), |(worker, _)| format!("worker {worker}")),
        life: process.worker.map(|(_, life)| life),
        pid: process.pid,
        processor,
        answers,
        memory: process.memory,
        connections: process.connections.0,
        busy: process.connections.1,
        cache_items: process.cache_items,
        pool_used,
        pool_max,
        pool_waiting,
        breakers: breakers.collect(),
    }
}

fn rates(recent: &Recent) -> Vec<(&'static str, Option<f64>)> {
    vec![
        ("refused for want of room", recent.rate(|counts| counts.shed)),
        ("refused by the limit", recent.rate(|counts| counts.limited)),
        ("users read", recent.rate(|counts| counts.l1.0 + counts.l1.1)),
        ("events accepted", recent.rate(|counts| counts.events.0)),
        ("events refused", recent.rate(|counts| counts.events.1)),
        ("events with the queue", recent.rate(|counts| counts.events.2)),
    ]
}

fn shares(recent: &Recent) -> Vec<(&'static str, Option<f64>)> {
    let in_memory = recent.share(|counts| counts.l1.0, |counts| counts.l1.0 + counts.l1.1);
    let in_redis = recent.share(|counts| counts.l2.0, |counts| counts.l2.0 + counts.l2.1);
    vec![("found in memory", in_memory), ("found in Redis", in_redis)]
}
