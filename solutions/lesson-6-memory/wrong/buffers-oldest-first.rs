//! The buffer that has lain longest is taken first.
//!
//! Rejected by: `the_last_to_come_back_is_the_first_to_be_taken`
//!
//! That seems fair, and memory does not care for fairness. What came back last is still in the processor's cache; what
//! has lain longest is not. Take the last one.
// ANCHOR: take
let mut shelf = self.0.lock();
if shelf.out == self.0.count_max {
    return None;
}
shelf.out += 1;
let idle = (!shelf.idle.is_empty()).then(|| shelf.idle.remove(0));
drop(shelf);
let bytes = idle.unwrap_or_else(|| vec![0; self.0.bytes_each].into_boxed_slice());
Some(Buffer { bytes, filled: 0, pool: Arc::clone(&self.0) })
// ANCHOR_END: take
