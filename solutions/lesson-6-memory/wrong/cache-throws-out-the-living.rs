//! Whoever nobody asks for goes first, dead or alive.
//!
//! Rejected by: `model::it_throws_out_what_sieve_throws_out`, `what_is_too_old_goes_before_what_is_alive`
//!
//! An entry that is too old will never be served again, marked or not. As long as there is one, nobody who lives has to
//! go.
// ANCHOR: make_room
let unwanted = self.entries.unwanted();
if self.is_expired(unwanted, now) {
    self.expire(unwanted);
} else {
    self.discard(unwanted);
    self.counts.evicted += 1;
}
// ANCHOR_END: make_room
