//! It opens, and is still in the same generation.
//!
//! Rejected by: `x`
//!
//! Calls that were let in before it opened give their verdicts later, and then they count: a success of one closes it,
//! though the dependency is down. Each opening begins a generation.
// ANCHOR: failure
match self.phase {
    Phase::Closed { failures } if failures + 1 < u64::from(policy.failures_max) => {
        Self { phase: Phase::Closed { failures: failures + 1 }, ..self }
    }
    _ => Self { phase: Phase::Open { until: now.saturating_add(policy.open_for) }, ..self },
}
// ANCHOR_END: failure
