//! A probe has failed, and the circuit is open again in the same generation.
//!
//! Rejected by: `a_probe_that_fails_opens_it_for_another_minute`, `after_a_million_openings_it_goes_on`,
//! `for_ever_is_139_years`, `model::it_does_what_the_model_does`, `of_threads_at_the_same_time_one_probes`
//!
//! Whoever was let in as that probe may still give a verdict, and so may what it has started; in the next generation nobody
//! would listen. Each opening begins a generation, the second and the hundredth, too.
// ANCHOR: failure
match self.phase {
    Phase::Closed { failures } if failures + 1 < u64::from(policy.failures_max) => {
        Self { phase: Phase::Closed { failures: failures + 1 }, ..self }
    }
    before => {
        let until = now.saturating_add(policy.open_for);
        let opened = u64::from(matches!(before, Phase::Closed { .. }));
        Self { generation: self.generation + opened & GENERATION_MAX, phase: Phase::Open { until } }
    }
}
// ANCHOR_END: failure
