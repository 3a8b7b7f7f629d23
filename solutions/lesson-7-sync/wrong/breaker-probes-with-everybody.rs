//! When the time is over, everybody is let in.
//!
//! Rejected by: `a_cancelled_future_drops_its_probe`, `a_dropped_probe_leaves_its_place_to_the_next`,
//! `a_policy_may_be_different`, `calls_that_come_back_late_change_nothing`, `model::it_does_what_the_model_does`,
//! `of_threads_at_the_same_time_one_probes`, `one_probes_and_everybody_else_stays_away_however_long_it_takes`
//!
//! The dependency has just come up, cold, and gets the load of all who have waited. One tries; the others wait for what
//! it finds.
// ANCHOR: probe
match self.phase {
    Phase::Open { until } | Phase::HalfOpen { until } if until <= now => {
        Some(Self { phase: Phase::HalfOpen { until }, ..self })
    }
    _ => None,
}
// ANCHOR_END: probe
