//! A probe that fails counts as one failure.
//!
//! Rejected by: `a_probe_that_fails_opens_it_for_another_minute`, `model::it_does_what_the_model_does`,
//! `of_threads_at_the_same_time_one_probes`
//!
//! Half-open means that it was down a moment ago. One failure says that it still is: open at once, for the whole time.
// ANCHOR: failure
match self.phase {
    Phase::Closed { failures } if failures + 1 < u64::from(policy.failures_max) => {
        Self { phase: Phase::Closed { failures: failures + 1 }, ..self }
    }
    Phase::HalfOpen { .. } if policy.failures_max > 1 => {
        Self { phase: Phase::Closed { failures: 1 }, ..self }
    }
    _ => Self {
        generation: (self.generation + 1) & GENERATION_MAX,
        phase: Phase::Open { until: now.saturating_add(policy.open_for) },
    },
}
// ANCHOR_END: failure
