//! A burst has one too many.
//!
//! Rejected by: `x`
//!
//! The first request of a burst comes at its own time; only the others come early. That is why the tolerance is `burst
//! - 1` intervals, and why a request may come at exactly that time and no sooner.
// ANCHOR: admit
(arrival < now + self.tolerance + self.interval).then(|| arrival.max(now) + self.interval)
// ANCHOR_END: admit
