//! It loads, decides, and stores.
//!
//! Rejected by: some of `processes::processes_at_the_same_time_get_one_burst`,
//! `processes::while_time_goes_on_processes_get_what_one_would`
//!
//! If too many are admitted: between the load and the store another worker may admit a request of its own, and then both
//! have spent the same interval. Change the slot in one step. If too few are: whoever was overtaken has not lost for good;
//! decide again, as `try_update` does.
// ANCHOR: check
let word = slot.load(Relaxed);
let arrival = word & TIME;
if arrival > now && (word ^ key) & TAG != 0 {
    self.shared.fetch_add(1, Relaxed);
}
match limit.admit(arrival, now) {
    Some(next) => {
        slot.store(key & TAG | next, Relaxed);
        limit.admitted(arrival, now)
    }
    None => limit.refused(arrival, now),
}
// ANCHOR_END: check
