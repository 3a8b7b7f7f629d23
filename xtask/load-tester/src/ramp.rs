//! The highest rate at which a server keeps a promise: of 100 answers, 99 within so many milliseconds, and none wrong.
//!
//! The rate is doubled until the promise breaks, and the gap is halved from then on. Each step is an open loop: a closed
//! one cannot ask for more than the server gives.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use crate::plan::{Pace, Plan};
use crate::processes::Processes;
use crate::run::{Outcome, run};

/// A rate that is reached within this share counts as reached.
const REACHED: f64 = 0.99;

/// The search ends when the gap is smaller than this share of the rate.
const NARROW: f64 = 0.05;

/// No search has more steps.
const STEPS_MAX: usize = 24;

/// What is promised.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// Of 100 answers, 99 come within this time.
    pub p99: Duration,
    /// The first rate that is tried, in requests a second.
    pub first: f64,
}

/// A rate that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Requests a second that were asked for.
    pub rate: f64,
    /// Right answers a second that came.
    pub answered: f64,
    /// 99th percentile in milliseconds.
    pub p99_ms: f64,
    /// Requests without a right answer.
    pub failures: u64,
    /// The promise was kept.
    pub kept: bool,
    /// Why it says more of the generator than of the server.
    pub generator_limit: Option<String>,
}

impl Step {
    fn of(rate: f64, outcome: &Outcome, promise: &Promise) -> Self {
        let p99 = outcome.tally.latencies.percentile(99.0);
        let failures = outcome.tally.failures.sum() + outcome.unanswered as u64;
        let reached = outcome.rate() >= rate * REACHED;
        Self {
            rate,
            answered: outcome.rate(),
            p99_ms: p99.as_secs_f64() * 1e3,
            failures,
            kept: reached && failures == 0 && p99 <= promise.p99,
            generator_limit: outcome.generator_limit(),
        }
    }
}

/// Searches. `tried` is called with every step.
///
/// # Errors
///
/// A run cannot be started.
pub fn ramp(
    plan: &Plan,
    promise: &Promise,
    tried: &mut dyn FnMut(&Step),
) -> io::Result<Option<f64>> {
    let mut search = Search { rate: promise.first, kept: None, broken: None };
    for _ in 0..STEPS_MAX {
        let plan = Plan { pace: Pace::Open { rate: search.rate }, ..plan.clone() };
        let outcome =
            run(&plan, &Processes::named(Vec::new()), &mut |_| ControlFlow::Continue(()))?;
        let step = Step::of(search.rate, &outcome, promise);
        tried(&step);
        if !search.next(step.kept) {
            break;
        }
    }
    Ok(search.kept)
}

/// Where the search is: the highest rate that was kept, the lowest that was not, the next one.
struct Search {
    rate: f64,
    kept: Option<f64>,
    broken: Option<f64>,
}

impl Search {
    /// Takes a verdict on the rate, and says whether there is another one to try.
    fn next(&mut self, kept: bool) -> bool {
        match kept {
            true => self.kept = Some(self.rate),
            false => self.broken = Some(self.rate),
        }
        self.rate = match (self.kept, self.broken) {
            (Some(kept), None) => kept * 2.0,
            (None, Some(broken)) if broken >= 2.0 => broken / 2.0,
            (Some(kept), Some(broken)) if broken - kept > kept * NARROW => (kept + broken) / 2.0,
            _ => return false,
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a search finds when every rate up to `limit` is kept, and in how many steps.
    fn found(first: f64, limit: f64) -> (Option<f64>, usize) {
        let mut search = Search { rate: first, kept: None, broken: None };
        let mut steps = 1;
        while search.next(search.rate <= limit) {
            steps += 1;
        }
        (search.kept, steps)
    }

    #[test]
    fn the_limit_is_found_from_both_sides() {
        for (first, limit) in [(1000.0, 47_000.0), (1000.0, 1010.0), (50_000.0, 300.0)] {
            let (rate, steps) = found(first, limit);
            let rate = rate.expect("there is one");
            assert!(rate <= limit && rate >= limit * 0.93, "{rate} for {limit}");
            assert!(steps < STEPS_MAX, "{steps} steps");
        }
        assert_eq!(found(1000.0, 0.0).0, None);
    }
}
