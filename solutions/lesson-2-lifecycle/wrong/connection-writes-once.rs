//! One call of `write`, and then it is written.
//!
//! Rejected by: `a_stream_may_be_interrupted_and_may_take_little`
//!
//! `write` says how many bytes the send buffer took (lesson 1, `echo`). The rest of the answer is thrown away with `clear`.
// ANCHOR: write
if !self.unwritten.is_empty() {
    let _ = self.stream.write(&self.unwritten)?;
    self.unwritten.clear();
}
Ok(())
// ANCHOR_END: write
