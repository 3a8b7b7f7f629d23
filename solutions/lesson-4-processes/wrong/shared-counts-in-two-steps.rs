//! The count is read, and written one larger.
//!
//! Rejected by: `each_number_changes_in_one_step`
//!
//! Between your `load` and your `store` another process may count, and what it has counted is gone. `add` is one instruction,
//! which nothing comes between.
// ANCHOR: record
let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
let nanoseconds = nanoseconds.min((1 << BITS) - 1);
let bucket = &self.buckets[bucket(nanoseconds)];
bucket.store(bucket.load(Relaxed) + 1, Relaxed);
self.nanoseconds.store(self.nanoseconds.load(Relaxed) + nanoseconds, Relaxed);
// ANCHOR_END: record
