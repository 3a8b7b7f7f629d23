//! When the time is over, everybody is let in.
//!
//! Rejected by: `x`
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
