//! Whoever fits is let in, also from behind.
//!
//! Rejected by: `a_heavy_one_is_not_starved_by_light_ones`, `all_who_fit_are_admitted_at_once`,
//! `grow::a_guard_that_shrinks_lets_others_in`, `model::it_does_what_the_model_does`
//!
//! It looks as if nothing were wasted. But a heavy one at the head of the queue never sees enough room at once, because
//! light ones take each piece of it as soon as it is there. Stop at the first that does not fit.
// ANCHOR: admit_waiting
let mut admitted = Vec::new();
let mut position = 0;
while position < self.queue.len() {
    if self.take(self.queue[position].weight).is_ok() {
        admitted.extend(self.queue.remove(position).map(|fits| fits.waker));
    } else {
        position += 1;
    }
}
admitted
// ANCHOR_END: admit_waiting
