//! The slot holds an arrival, and not whose it is.
//!
//! Rejected by: `a_bucket_that_has_run_out_is_anybodys`, `a_refusal_writes_nothing`,
//! `keys_that_share_a_slot_have_one_bucket_and_are_counted`, `the_longest_limit_fits_at_the_latest_time`
//!
//! Nobody can be seen to share then, and `shared` stays zero (or counts each request of a single client) although there
//! are too few slots. The word is both: `key & TAG`, and the arrival below it.
// ANCHOR: check
let admit = |word| limit.admit(word & TIME, now);
let decided = slot.try_update(Relaxed, Relaxed, admit);
let (Ok(word) | Err(word)) = decided;
let arrival = word & TIME;
if arrival > now && (word ^ key) & TAG != 0 {
    self.shared.fetch_add(1, Relaxed);
}
match decided {
    Ok(_) => limit.admitted(arrival, now),
    Err(_) => limit.refused(arrival, now),
}
// ANCHOR_END: check
