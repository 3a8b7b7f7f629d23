//! Whatever was cut off last is the outcome.
//!
//! Rejected by: `a_crash_loop_is_told_also_when_something_was_cut_off_behind_it`
//!
//! `self.stopping = Some(Outcome::Cut)` forgets why the server stops. Whoever has started it learns that something was cut off,
//! and not that a worker has crashed ten times. The outcomes are ordered, and the worst one is told: `self.stopping.max(…)`.
// ANCHOR: exited
let Some(state) = self.lives.remove(&life) else { return };
let is_needed = state.worker < self.policy.needed;
if self.stopping.is_some() {
    if state.served && ending == Ending::Failed && is_needed {
        self.stopping = Some(Outcome::Cut);
    }
} else if state.generation > self.generation {
    self.trial = None;
    actions.push(Action::Abandoned(state.generation));
} else if state.phase == Phase::Leaving {
    // It was to go.
} else if self.proven || !is_needed {
    self.failed(state.worker, now, actions);
} else {
    self.end(Outcome::NeverReady, now, actions);
}
// ANCHOR_END: exited
