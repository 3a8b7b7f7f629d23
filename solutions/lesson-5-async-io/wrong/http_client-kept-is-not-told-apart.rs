//! A kept connection that was closed is a failure like others.
//!
//! Rejected by: `retry::a_kept_connection_that_turns_out_to_be_closed_costs_nothing`
//!
//! The server closed it while it was idle, which is its right, and nobody here could know. The request never went out. If
//! that costs a repetition of the budget, and a pause, every client of a server with a short `keep-alive` pays for it all
//! the time. Take the next connection, at once: a new one cannot have this failure, so the loop ends.
// ANCHOR: kept
let _ = kept;
return answer;
// ANCHOR_END: kept
