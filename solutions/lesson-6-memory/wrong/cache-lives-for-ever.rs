//! Nothing that is asked for is too old.
//!
//! Rejected by: `an_entry_is_served_until_its_time_is_over`,
//! `an_entry_that_is_too_old_is_removed_when_it_is_asked_for`, `model::it_does_what_any_cache_must`,
//! `model::it_throws_out_what_sieve_throws_out`
//!
//! An entry's time is over whether somebody looks at it or not. `get` must look at the time before it hands anything
//! out, and take out what is too old.
// ANCHOR: get
let Some(&slot) = self.slots.get(key) else {
    self.counts.misses += 1;
    return None;
};
self.counts.hits += 1;
let _ = now;
Some(&self.entries.visit(slot).value)
// ANCHOR_END: get
