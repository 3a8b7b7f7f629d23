//! A signal during `write` ends the conversation.
//!
//! Rejected by: `an_interrupted_write_is_tried_again`, `a_write_that_takes_nothing_is_an_error`
//!
//! EINTR means that a signal arrived before anything was done, not that anything is wrong: the `read` above
//! tries again, and the `write` must do the same. Its other special answer is 0 for a full buffer: that
//! will not change by asking again. `Write::write_all` knows both.
// ANCHOR: write
let mut sent = 0;
while sent < received {
    sent += stream.write(&buffer[sent..received])?;
}
*bytes += received as u64;
// ANCHOR_END: write
