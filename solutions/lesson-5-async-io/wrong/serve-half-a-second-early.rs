//! A limit is taken literally.
//!
//! Rejected by: `no_limit_is_kept_early`
//!
//! The clock is read once for each look, twice a second, and a phase that began between two looks is dated to the first. So
//! a connection seems to be up to half a second older than it is, and is cut off before its time. Give `is_too_slow` that
//! half second as slack: a limit may be late, but never early.
// ANCHOR: sweep
for status in self.connections.borrow().values() {
    let (streams, stuck) = status.give_up_streams(now, &self.limits, std::time::Duration::ZERO);
    let too_slow = stuck || status.is_too_slow(now, &self.limits, std::time::Duration::ZERO);
    let connections = usize::from(too_slow && status.give_up());
    self.count(|statistics| statistics.too_slow += (streams + connections) as u64);
}
// ANCHOR_END: sweep
