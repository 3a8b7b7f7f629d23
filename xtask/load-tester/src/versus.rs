//! One server against another: short slices in turn, so that whatever else the machine does hits both.
//!
//! The quotient of each pair of neighbouring slices is taken; their median is the result, and a bootstrap over the pairs
//! says how sure it is. Which side begins changes from pair to pair.

use std::io;
use std::ops::ControlFlow;

use serde::Serialize;
use xtask::check::rounds::{Estimate, estimate};

use crate::plan::Plan;
use crate::processes::Processes;
use crate::run::{Outcome, run};

/// Fewer pairs say nothing of how sure a median is.
pub const PAIRS_MIN: usize = 7;

/// A quotient of the first by the second server, and the interval that holds 99 of 100 resampled medians.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Quotient {
    /// The median over all pairs.
    pub median: f64,
    /// The interval's lower end.
    pub low: f64,
    /// And its upper end.
    pub high: f64,
}

/// The first server against the second.
#[derive(Debug, Clone, Serialize)]
pub struct Versus {
    /// Pairs of slices.
    pub pairs: usize,
    /// Right answers a second.
    pub rate: Quotient,
    /// Median latency.
    pub p50: Quotient,
    /// 99th percentile.
    pub p99: Quotient,
    /// Processor time of the server for one answer; `None` when the processes of one are not known.
    pub cpu: Option<Quotient>,
    /// Requests without a right answer, of both.
    pub failures: [u64; 2],
    /// Slices in which the generator was the limit.
    pub generator_limited: usize,
}

/// A server in the comparison.
#[derive(Debug, Clone)]
pub struct Side {
    /// A slice of it.
    pub plan: Plan,
    /// Its processes.
    pub processes: Processes,
}

/// Runs so many pairs of slices. `done` is called after each pair.
///
/// # Errors
///
/// A run cannot be started.
pub fn versus(
    sides: &[Side; 2],
    pairs: usize,
    done: &mut dyn FnMut(usize, &[Outcome; 2]),
) -> io::Result<Versus> {
    let slice = |side: &Side| run(&side.plan, &side.processes, &mut |_| ControlFlow::Continue(()));
    let mut outcomes = Vec::new();
    for number in 0..pairs.max(PAIRS_MIN) {
        let pair = if number % 2 == 0 {
            let first = slice(&sides[0])?;
            [first, slice(&sides[1])?]
        } else {
            let second = slice(&sides[1])?;
            [slice(&sides[0])?, second]
        };
        done(number + 1, &pair);
        outcomes.push(pair);
    }
    Ok(compared(&outcomes))
}

fn compared(outcomes: &[[Outcome; 2]]) -> Versus {
    let quotient = |of: &dyn Fn(&Outcome) -> f64| {
        let logs = outcomes.iter().map(|[first, second]| (of(first) / of(second)).ln());
        // A slice without an answer has no quotient.
        let logs: Vec<f64> = logs.filter(|log| log.is_finite()).collect();
        if logs.is_empty() {
            return Quotient { median: f64::NAN, low: f64::NAN, high: f64::NAN };
        }
        let Estimate { median, low, high } = estimate(logs);
        Quotient { median: median.exp(), low: low.exp(), high: high.exp() }
    };
    let cpu =
        |outcome: &Outcome| outcome.server.as_ref().map_or(f64::NAN, |used| used.cpu_us_per_answer);
    let known = outcomes.iter().flatten().all(|outcome| outcome.server.is_some());
    let latency = |outcome: &Outcome, percentile: f64| {
        outcome.tally.latencies.percentile(percentile).as_secs_f64()
    };
    let failures = |side: usize| {
        outcomes
            .iter()
            .map(|pair| pair[side].tally.failures.sum() + pair[side].unanswered as u64)
            .sum()
    };
    let limited = outcomes.iter().flatten().filter(|outcome| outcome.generator_limit().is_some());
    Versus {
        pairs: outcomes.len(),
        rate: quotient(&Outcome::rate),
        p50: quotient(&|outcome| latency(outcome, 50.0)),
        p99: quotient(&|outcome| latency(outcome, 99.0)),
        cpu: known.then(|| quotient(&cpu)),
        failures: [failures(0), failures(1)],
        generator_limited: limited.count(),
    }
}
