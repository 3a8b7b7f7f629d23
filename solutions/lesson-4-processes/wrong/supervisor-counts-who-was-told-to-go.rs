//! Every end is a failure, also one that was asked for.
//!
//! Rejected by: `a_reload_replaces_one_worker_after_the_other_and_never_lacks_one`, `real::crash_loops_end`
//!
//! A worker that was told to go, and goes, has done what it should. Counted as failures, ten reloads within a few seconds of
//! each other are a crash loop, and end the server. Ask for its phase first.
// ANCHOR: exited
let Some(state) = self.lives.remove(&life) else { return };
let is_needed = state.worker < self.policy.needed;
let cut_off = state.served && ending == Ending::Failed && is_needed;
if self.stopping.is_some() {
    self.stopping = self.stopping.max(cut_off.then_some(Outcome::Cut));
} else if state.generation > self.generation {
    self.trial = None;
    actions.push(Action::Abandoned(state.generation));
} else if self.proven || !is_needed {
    self.failed(state.worker, now, actions);
} else {
    self.end(Outcome::NeverReady, now, actions);
}
// ANCHOR_END: exited
