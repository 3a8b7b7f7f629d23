//! A burst has one too many.
//!
//! Rejected by: `a_pause_earns_a_burst_at_most` (panicked), `a_verdict_says_how_many_remain_and_when_all_are_back`
//! (panicked), `at_the_sustained_rate_nobody_is_refused` (panicked),
//! `model::each_key_keeps_its_limit_in_a_slot_that_others_share` (panicked),
//! `model::it_admits_what_a_leaky_bucket_does` (panicked), `model::whatever_the_clock_does_the_bound_holds` (panicked),
//! `refusals_cost_nothing` (panicked), `who_waits_exactly_as_long_as_told_is_admitted` (panicked)
//!
//! The first request of a burst comes at its own time; only the others come early. That is why the tolerance is `burst
//! - 1` intervals, and why a request may come at exactly that time and no sooner.
// ANCHOR: admit
(arrival < now + self.tolerance + self.interval).then(|| arrival.max(now) + self.interval)
// ANCHOR_END: admit
