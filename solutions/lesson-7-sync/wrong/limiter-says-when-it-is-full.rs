//! Whoever is refused is told when the bucket is full again.
//!
//! Rejected by: `a_clock_that_goes_back_admits_no_more`, `a_refusal_writes_nothing`,
//! `a_verdict_says_how_many_remain_and_when_all_are_back`, `model::it_admits_what_a_leaky_bucket_does`,
//! `refusals_cost_nothing`, `the_longest_limit_fits_at_the_latest_time`,
//! `who_waits_exactly_as_long_as_told_is_admitted`
//!
//! That is the time of the whole burst. One request is admitted sooner, by the tolerance: tell it exactly, or clients
//! wait longer than they must.
// ANCHOR: refused
let reset = arrival - now;
Verdict::Refused { retry_after: duration(reset), reset: duration(reset) }
// ANCHOR_END: refused
