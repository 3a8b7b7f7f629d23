//! A `write` that takes nothing is tried again.
//!
//! Rejected by: `a_write_that_takes_nothing_is_an_error`
//!
//! `Ok(0)` for a buffer that is not empty says that this stream will never take anything again. A loop that adds 0 to what was
//! sent, and asks again, asks for ever. `write_all` makes an error of it, `WriteZero`, and so should you.
// ANCHOR: write
let mut sent = 0;
while sent < received {
    match stream.write(&buffer[sent..received]) {
        Ok(taken) => sent += taken,
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
}
*bytes += received as u64;
// ANCHOR_END: write
