//! What a run is to do.

use std::time::Duration;

use crate::answers::Expected;
use crate::target::Target;

/// Everything that a run depends on.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where requests go.
    pub target: Target,
    /// What answers must be.
    pub expected: Expected,
    /// Connections at a time.
    pub connections: usize,
    /// When requests are sent.
    pub pace: Pace,
    /// A connection serves more than one request.
    pub keep_alive: bool,
    /// Threads of the generator.
    pub threads: usize,
    /// Before anything is counted.
    pub warm_up: Duration,
    /// How long is measured, at most.
    pub duration: Duration,
    /// How many answers are measured, at most.
    pub requests: Option<u64>,
    /// An answer that takes longer is a failure.
    pub timeout: Duration,
}

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Closed loop: each connection sends as soon as it has its answers. Slow answers slow the load.
    Closed {
        /// Requests that a connection sends at once.
        pipeline: usize,
    },
    /// Open loop: so many a second, whatever the server does. A latency begins when its request was due.
    Open {
        /// Requests a second, over all connections.
        rate: f64,
    },
}

impl Plan {
    /// In a few words.
    #[must_use]
    pub fn words(&self) -> String {
        let connections = match self.connections {
            1 => "1 connection".to_owned(),
            many => format!("{many} connections"),
        };
        let mut words = match self.pace {
            Pace::Closed { pipeline: 1 } => format!("closed loop, {connections}"),
            Pace::Closed { pipeline } => {
                format!("closed loop, {connections}, {pipeline} requests at once on each")
            }
            Pace::Open { rate } => {
                format!("open loop, {rate} requests a second over {connections}")
            }
        };
        if !self.keep_alive {
            words.push_str(", a new one for each request");
        }
        words
    }
}
