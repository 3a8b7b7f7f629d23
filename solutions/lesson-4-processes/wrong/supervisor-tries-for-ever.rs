//! A server whose first worker cannot start is tried again and again.
//!
//! Rejected by: `real::crash_loops_end`, `what_cannot_start_at_all_ends_the_server_at_once`
//!
//! Somebody has just started it, waits for it, and would like to know that the port is taken. What has never worked is wrong,
//! and no accident: if no life was ever ready (`self.proven`), the server ends with `Outcome::NeverReady`.
// ANCHOR: exited
let Some(state) = self.lives.remove(&life) else { return };
let is_needed = state.worker < self.policy.needed;
let cut_off = state.served && ending == Ending::Failed && is_needed;
if self.stopping.is_some() {
    self.stopping = self.stopping.max(cut_off.then_some(Outcome::Cut));
} else if state.generation > self.generation {
    self.trial = None;
    actions.push(Action::Abandoned(state.generation));
} else if state.phase != Phase::Leaving {
    self.failed(state.worker, now, actions);
}
// ANCHOR_END: exited
