//! The connection goes on behind an answer that says `close`.
//!
//! Rejected by: `the_connection_closes_when_a_side_has_said_so`, `the_last_request_that_a_connection_may_have_is_told_so` (panicked)
//!
//! A client that has read `connection: close` sends nothing more, and may be waiting for you to hang up: in HTTP/1.0 that is
//! how it knows that the answer has ended. And the limit of requests would be none.
// ANCHOR: answer_next
self.encode(context);
if self.unwritten.len() >= UNWRITTEN_BYTES {
    self.write()?;
}
Ok(())
// ANCHOR_END: answer_next
