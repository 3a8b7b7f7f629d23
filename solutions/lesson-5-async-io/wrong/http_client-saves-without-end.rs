//! The budget grows without an end.
//!
//! Rejected by: `retry::no_more_is_saved_up_than_the_reserve`
//!
//! After a quiet day there are a hundred thousand repetitions in the bucket, and the outage in the evening gets all of them
//! at once. A bucket has a rim: no more than the reserve.
// ANCHOR: deposit
self.balance.set({
    let _ = full;
    self.balance.get() + u64::from(self.options.share_percent)
});
// ANCHOR_END: deposit
