//! Whoever makes room lets in one of those who wait.
//!
//! Rejected by: `a_heavy_one_is_not_starved_by_light_ones`, `all_who_fit_are_admitted_at_once`,
//! `cancel::one_that_is_admitted_and_does_not_know_passes_its_room_on`,
//! `cancel::when_a_heavy_one_leaves_who_fits_behind_it_is_admitted`, `model::it_does_what_the_model_does`,
//! `nobody_overtakes_who_waits`
//!
//! One heavy guard that goes may be room for many light ones. With one wake-up for each that goes, the others sleep beside
//! free room, and if nobody else comes and goes, for ever. Let in whoever is first, until one does not fit.
// ANCHOR: admit_waiting
let mut admitted = Vec::new();
if let Some(first) = self.queue.front()
    && self.take(first.weight).is_ok()
{
    admitted.extend(self.queue.pop_front().map(|first| first.waker));
}
admitted
// ANCHOR_END: admit_waiting
