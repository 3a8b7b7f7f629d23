//! Time that nobody used is saved without end.
//!
//! Rejected by: `x`
//!
//! A client that was away for an hour may then send an hour's worth at once. The next arrival counts from now, if the
//! last one lies in the past: `max(arrival, now)`.
// ANCHOR: admit
(arrival <= now + self.tolerance).then(|| arrival + self.interval)
// ANCHOR_END: admit
