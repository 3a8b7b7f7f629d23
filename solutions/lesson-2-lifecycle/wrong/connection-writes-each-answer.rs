//! Each answer is written as soon as it is there.
//!
//! Rejected by: `what_came_together_is_answered_with_one_write`
//!
//! Fifty requests that came together cost fifty system calls, and fifty small segments. Nobody is served earlier by that: you
//! go on to the next request at once anyway. Write before you wait, and when there is much to be written.
// ANCHOR: answer_next
self.encode(context);
self.write()?;
if connection == Connection::Closes {
    return Err(Stop::End(End::Announced));
}
Ok(())
// ANCHOR_END: answer_next
