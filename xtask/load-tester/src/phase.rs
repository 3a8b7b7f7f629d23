//! How far a run is, for all of its threads.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Requests are sent and nothing is counted.
    WarmUp,
    /// What is answered now is counted.
    Measure,
    /// Nothing new is sent.
    Over,
}

/// The stage, and how many requests may still be sent.
///
/// # Memory ordering
///
/// Relaxed: a thread that sees a new stage a little later sends or counts one request more, and nothing else is ordered
/// by it. The results come through a channel.
#[derive(Debug)]
pub(crate) struct Phase {
    stage: AtomicU8,
    /// Requests that may still be measured; not touched when there is no limit.
    left: Option<AtomicU64>,
}

impl Phase {
    pub(crate) fn new(requests: Option<u64>) -> Self {
        Self { stage: AtomicU8::new(0), left: requests.map(AtomicU64::new) }
    }

    pub(crate) fn stage(&self) -> Stage {
        match self.stage.load(Relaxed) {
            0 => Stage::WarmUp,
            1 => Stage::Measure,
            _ => Stage::Over,
        }
    }

    pub(crate) fn set(&self, stage: Stage) {
        self.stage.store(stage as u8, Relaxed);
    }

    /// How many of `wanted` requests may be sent.
    pub(crate) fn take(&self, wanted: usize) -> usize {
        match (self.stage(), &self.left) {
            (Stage::Over, _) => 0,
            (Stage::WarmUp, _) | (Stage::Measure, None) => wanted,
            (Stage::Measure, Some(left)) => {
                let taken = left.try_update(Relaxed, Relaxed, |left| {
                    (left > 0).then(|| left.saturating_sub(wanted as u64))
                });
                taken.map_or(0, |before| wanted.min(usize::try_from(before).unwrap_or(wanted)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_requests_are_sent_than_are_allowed() {
        let phase = Phase::new(Some(10));
        assert_eq!(phase.take(100), 100, "the warm-up is not counted");
        phase.set(Stage::Measure);
        assert_eq!([phase.take(4), phase.take(4), phase.take(4), phase.take(4)], [4, 4, 2, 0]);
        phase.set(Stage::Over);
        assert_eq!(Phase::new(None).take(3), 3);
        assert_eq!(phase.take(1), 0);
    }
}
