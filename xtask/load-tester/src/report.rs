//! What came out, as text, JSON, CSV, or a page with plots.

mod html;
mod text;

use serde::Serialize;

use crate::plan::Plan;
use crate::processes::Use;
use crate::run::Outcome;
use crate::tally::{Failures, Moment};

pub use html::html;
pub use text::{duration, text};

/// The percentiles that are reported.
pub const PERCENTILES: [f64; 6] = [50.0, 75.0, 90.0, 99.0, 99.9, 99.99];

/// A run, as JSON has it. Rates are a second, latencies in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was loaded.
    pub url: String,
    /// How, in words.
    pub how: String,
    /// Seconds that were measured.
    pub seconds: f64,
    /// Right answers.
    pub answers: u64,
    /// Right answers a second.
    pub rate: f64,
    /// Bytes of right answers a second.
    pub bytes_rate: f64,
    /// Connections that were made while it was measured.
    pub connected: u64,
    /// Requests without a right answer, by what went wrong.
    pub failures: Failures,
    /// Connections that still waited for an answer after the end.
    pub unanswered: usize,
    /// Open loop: requests that were due before a connection was free for them.
    pub waited: u64,
    /// The mean.
    pub mean_ms: f64,
    /// Percentiles.
    pub percentiles: Vec<Percentile>,
    /// The same in steps that are small enough for a line.
    #[serde(skip)]
    pub curve: Vec<Percentile>,
    /// The longest.
    pub max_ms: f64,
    /// What the server's processes spent, where they are known.
    pub server: Option<Use>,
    /// The share of a processor that the busiest thread of the generator had.
    pub generator: f64,
    /// Why this says more of the generator than of the server.
    pub generator_limit: Option<String>,
    /// Second by second.
    pub moments: Vec<Moment>,
    /// The machine.
    pub machine: xtask::table::Machine,
    /// The day, as `2026-11-23`.
    pub date: String,
}

/// A latency that so many of a hundred answers do not exceed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Percentile {
    /// So many of a hundred.
    pub percentile: f64,
    /// In milliseconds.
    pub ms: f64,
}

impl Report {
    /// Of a run.
    #[must_use]
    pub fn of(plan: &Plan, outcome: &Outcome) -> Self {
        let Outcome { elapsed, tally, moments, server, generator, unanswered } = outcome;
        let millis = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        let percentile = |percentile| Percentile {
            percentile,
            ms: millis(tally.latencies.percentile(percentile)),
        };
        Self {
            url: plan.target.url.clone(),
            how: plan.words(),
            seconds: elapsed.as_secs_f64(),
            answers: tally.latencies.count(),
            rate: outcome.rate(),
            bytes_rate: tally.bytes as f64 / elapsed.as_secs_f64(),
            connected: tally.connected,
            failures: tally.failures,
            unanswered: *unanswered,
            waited: tally.waited,
            mean_ms: millis(tally.latencies.mean()),
            percentiles: PERCENTILES.map(percentile).to_vec(),
            // Up to four nines, twenty steps each.
            curve: (0..=80)
                .map(|step| 100.0 - 100.0 / 10_f64.powf(f64::from(step) / 20.0))
                .map(percentile)
                .collect(),
            max_ms: millis(tally.latencies.max()),
            server: server.clone(),
            generator: *generator,
            generator_limit: outcome.generator_limit(),
            moments: moments.clone(),
            machine: xtask::machine::here(),
            date: xtask::machine::today(),
        }
    }

    /// One line of JSON.
    ///
    /// # Panics
    ///
    /// Never: all keys are strings.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("all keys are strings")
    }

    /// A line for each second, with the names of its numbers above.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = String::from("at_seconds,seconds,answers,failures,p50_ms,p99_ms,max_ms\n");
        for moment in &self.moments {
            let Moment { at_seconds, seconds, answers, failures, p50_ms, p99_ms, max_ms } = moment;
            out.push_str(&format!(
                "{at_seconds:.3},{seconds:.3},{answers},{failures},{p50_ms:.4},{p99_ms:.4},{max_ms:.4}\n"
            ));
        }
        out
    }
}
