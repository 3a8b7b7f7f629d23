//! The breaker's state as one word, and its transitions. Nothing here is shared.
//!
//! | bits | what |
//! | --- | --- |
//! | 63, 62 | the phase |
//! | 61 to 42 | the generation |
//! | 41 to 0 | closed: the failures in a row; else: until when it is open, in milliseconds since the epoch |
//!
//! Zero is closed, without failures.

use std::time::Duration;

use super::Policy;

const VALUE_BITS: u32 = 42;
const GENERATION_BITS: u32 = 20;

const VALUE_MAX: u64 = (1 << VALUE_BITS) - 1;
const GENERATION_MAX: u64 = (1 << GENERATION_BITS) - 1;

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// How often the circuit has opened, as far as that fits.
    pub(super) generation: u64,
    pub(super) phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Calls are let in; so many have failed since the last success.
    Closed { failures: u64 },
    /// Nobody is let in before.
    Open { until: Duration },
    /// A probe is under way. It keeps the time for the case that it is dropped.
    HalfOpen { until: Duration },
}

impl Word {
    #[inline]
    pub(super) fn unpack(word: u64) -> Self {
        let value = word & VALUE_MAX;
        let phase = match word >> (VALUE_BITS + GENERATION_BITS) {
            0 => Phase::Closed { failures: value },
            1 => Phase::Open { until: Duration::from_millis(value) },
            _ => Phase::HalfOpen { until: Duration::from_millis(value) },
        };
        Self { generation: word >> VALUE_BITS & GENERATION_MAX, phase }
    }

    #[inline]
    pub(super) fn pack(self) -> u64 {
        let (phase, value) = match self.phase {
            Phase::Closed { failures } => (0, failures),
            Phase::Open { until } => (1, millis_rounded_up(until)),
            Phase::HalfOpen { until } => (2, millis_rounded_up(until)),
        };
        phase << (VALUE_BITS + GENERATION_BITS) | self.generation << VALUE_BITS | value
    }

    /// From open to half-open, when it is time.
    #[inline]
    pub(super) fn probe(self, now: Duration) -> Option<Self> {
        todo!("who may try")
    }

    /// A call has succeeded that was let in in this generation: while it was closed, or as the probe. Nothing changes where
    /// nothing has failed.
    #[inline]
    pub(super) fn success(self) -> Option<Self> {
        todo!("forget what has failed; `None` where nothing has, so that nothing is written")
    }

    /// A call has failed that was let in in this generation: one more to count, or the last one, and a probe is always that.
    pub(super) fn failure(self, now: Duration, policy: &Policy) -> Self {
        todo!("count it, or open: with a new generation")
    }

    /// The probe was dropped.
    #[inline]
    pub(super) fn give_back(self) -> Option<Self> {
        todo!("the next one may try")
    }
}

fn millis_rounded_up(time: Duration) -> u64 {
    let millis = time.as_nanos().div_ceil(Duration::from_millis(1).as_nanos());
    millis.min(u128::from(VALUE_MAX)) as u64
}
