//! Also who has been killed has a time limit.
//!
//! Rejected by: `no_history_breaks_what_must_hold`
//!
//! There is nothing more that could be done about it, and its deadline has passed: `deadline` is then always now, and the loop
//! turns without a pause until the kernel has let the process go.
// ANCHOR: limit
match state.phase {
    Phase::Starting => Some(state.since + self.policy.start_max),
    Phase::Ready => Some(state.beat + self.policy.hang_max),
    Phase::Leaving => Some(state.since + self.policy.drain_max),
    Phase::Killed => Some(state.since),
}
// ANCHOR_END: limit
