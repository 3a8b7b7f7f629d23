//! Each try is counted, and not each check.
//!
//! Rejected by: `who_meets_anothers_bucket_is_counted_once`
//!
//! `try_update` calls its closure again whenever another request was quicker. What the closure does besides computing
//! happens as often. Count behind it, by the word that it returns.
// ANCHOR: check
let admit = |word| {
    let arrival = word & TIME;
    if arrival > now && (word ^ key) & TAG != 0 {
        self.shared.fetch_add(1, Relaxed);
    }
    Some(key & TAG | limit.admit(arrival, now)?)
};
match slot.try_update(Relaxed, Relaxed, admit) {
    Ok(word) => limit.admitted(word & TIME, now),
    Err(word) => limit.refused(word & TIME, now),
}
// ANCHOR_END: check
